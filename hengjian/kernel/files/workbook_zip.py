"""What a workbook's archive must be like before a parser sees it.

Looks at the list of parts, then reads every part once with its size counted: a lying size, a wrong
checksum, an entity declaration or a cell at the far corner is found here and named.
"""

import re
import zipfile
import zlib

from hengjian.kernel.files.workbook_reasons import Reason, Refused, TableLimits

CHUNK = 1 << 16
OVERLAP = 64
ENCRYPTED_FLAG = 0x1
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ROW = re.compile(rb"<(?:\w{1,8}:)?row\s[^>]{0,40}?\br=[\"']([0-9]{1,20})[\"']")
_FAR_CELL = re.compile(rb"\sr=[\"'](?:[A-Z]{1,3}[0-9]{6,}|[A-Z]{3}[0-9]{1,7})[\"']")
_FORBIDDEN = (
    (re.compile(r"vbaproject|macrosheets|\.xlm$"), Reason.MACRO),
    (re.compile(r"externallinks|ddelinks"), Reason.EXTERNAL_LINK),
    (re.compile(r"embeddings|activex|oleobject"), Reason.EMBEDDED),
    (re.compile(r"(^|/)workbook\.bin$"), Reason.OLD_FORMAT),
)


def check_archive(path: str, limits: TableLimits) -> None:
    """Pass a harmless workbook archive.

    Raises:
        Refused: with the first cause found.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            _check_parts(parts, limits)
            inflated = 0
            for part in parts:
                inflated += _check_content(archive, part, limits, limits.inflated_bytes - inflated)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise Refused(Reason.CORRUPT) from error
    except (RuntimeError, ValueError, OverflowError, UnicodeDecodeError) as error:
        raise Refused(Reason.CORRUPT) from error


def _check_parts(parts: list[zipfile.ZipInfo], limits: TableLimits) -> None:
    if len(parts) > limits.parts:
        raise Refused(Reason.TOO_MANY_PARTS)
    names = [part.filename for part in parts]
    if len({name.casefold() for name in names}) != len(names) or any(map(_unsafe, names)):
        raise Refused(Reason.UNSAFE_NAME)
    if any(part.flag_bits & ENCRYPTED_FLAG for part in parts):
        raise Refused(Reason.ENCRYPTED)
    for pattern, reason in _FORBIDDEN:
        if any(pattern.search(name.casefold()) for name in names):
            raise Refused(reason)
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        raise Refused(Reason.WRONG_KIND)
    if sum(part.file_size for part in parts) > limits.inflated_bytes:
        raise Refused(Reason.INFLATES)


def _unsafe(name: str) -> bool:
    return (
        name.startswith("/")
        or "\\" in name
        or ":" in name
        or ".." in name.split("/")
        or any(ord(character) < 32 for character in name)
    )


def _check_content(
    archive: zipfile.ZipFile, part: zipfile.ZipInfo, limits: TableLimits, left: int
) -> int:
    """Read one part to its end (which checks its checksum); returns its true size."""
    is_xml = part.filename.casefold().endswith((".xml", ".rels", ".vml"))
    is_sheet = part.filename.casefold().startswith("xl/worksheets/") and is_xml
    size, tail = 0, b""
    with archive.open(part) as stream:
        while chunk := stream.read(CHUNK):
            if size == 0 and is_xml and chunk.startswith(UTF16_MARKS):
                raise Refused(Reason.ENCODING)
            size += len(chunk)
            if size > left:
                raise Refused(Reason.INFLATES)
            window = tail + chunk
            if is_xml and _DECLARATION.search(window):
                raise Refused(Reason.ENTITY)
            if is_sheet:
                _check_corner(window, limits)
            tail = window[-OVERLAP:]
    return size


def _check_corner(window: bytes, limits: TableLimits) -> None:
    """A parser holds the whole rectangle up to the last cell: refuse a far one before it does."""
    far = _FAR_CELL.search(window) is not None
    if far or any(int(found[1]) > limits.rows + 1 for found in _ROW.finditer(window)):
        raise Refused(Reason.TOO_MANY_CELLS, rows=limits.rows, columns=limits.columns)
