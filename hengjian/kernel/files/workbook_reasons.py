"""Why a table file is refused, in words that tell a person what to do."""

from dataclasses import dataclass
from enum import StrEnum

from hengjian.kernel.text import N_


class Reason(StrEnum):
    """The causes that the reader tells apart."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    WRONG_KIND = "wrong_kind"
    OLD_FORMAT = "old_format"
    ENCRYPTED = "encrypted"
    MACRO = "macro"
    EXTERNAL_LINK = "external_link"
    EMBEDDED = "embedded"
    UNSAFE_NAME = "unsafe_name"
    TOO_MANY_PARTS = "too_many_parts"
    INFLATES = "inflates"
    ENTITY = "entity"
    ENCODING = "encoding"
    NUL = "nul"
    TOO_MANY_CELLS = "too_many_cells"
    CELL_TOO_LONG = "cell_too_long"
    RAGGED = "ragged"
    CORRUPT = "corrupt"
    TOO_HEAVY = "too_heavy"


MESSAGES = {
    Reason.EMPTY: N_("文件中没有数据"),
    Reason.TOO_LARGE: N_("文件太大，最多 {limit} MB，请分次导入"),
    Reason.WRONG_KIND: N_("文件内容与所选格式不符，请用 Excel 另存为 .xlsx 或 .csv 后再上传"),
    Reason.OLD_FORMAT: N_("不支持旧版 .xls 或 .xlsb 工作簿，请另存为 .xlsx 后再上传"),
    Reason.ENCRYPTED: N_("文件已加密，请取消密码后再上传"),
    Reason.MACRO: N_("文件含有宏，请另存为不含宏的 .xlsx 后再上传"),
    Reason.EXTERNAL_LINK: N_("文件含有到其他文件的链接，请断开链接后再上传"),
    Reason.EMBEDDED: N_("文件嵌有其他对象，请删除后再上传"),
    Reason.UNSAFE_NAME: N_("压缩包内的文件名不合规，请用 Excel 重新保存后再上传"),
    Reason.TOO_MANY_PARTS: N_("工作簿内部的组成部分太多，请只保留要导入的工作表"),
    Reason.INFLATES: N_("文件解压后太大，请只保留要导入的数据"),
    Reason.ENTITY: N_("文件含有外部实体声明，不予读取"),
    Reason.ENCODING: N_("文字编码无法识别，请存为 UTF-8 或 GB18030"),
    Reason.NUL: N_("文件含有空字符，不是文本表格"),
    Reason.TOO_MANY_CELLS: N_(
        "表格太大，最多 {rows} 行、{columns} 列，请清除空白区域的格式或分次导入"
    ),
    Reason.CELL_TOO_LONG: N_("单元格文字太长，最多 {characters} 字"),
    Reason.RAGGED: N_("第 {row} 行的数据超出了表头的列"),
    Reason.CORRUPT: N_("文件已损坏，无法读取，请用 Excel 打开并重新保存"),
    Reason.TOO_HEAVY: N_("文件过于复杂，超出读取的时间或内存限制，请只保留要导入的数据"),
}


@dataclass(frozen=True, slots=True)
class TableLimits:
    """What a table file may cost; sizes in bytes, times in seconds."""

    file_bytes: int = 10 * 2**20
    inflated_bytes: int = 100 * 2**20
    parts: int = 500
    rows: int = 20_000
    columns: int = 200
    cell_characters: int = 2_000
    memory_bytes: int = 512 * 2**20
    cpu_seconds: int = 15
    wall_seconds: int = 20


class Refused(Exception):
    """Raised inside the reader; `workbook.read_table` turns it into a domain error."""

    def __init__(self, reason: Reason, **data: int) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.data = data
