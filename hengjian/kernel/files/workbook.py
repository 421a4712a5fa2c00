"""Tables that people upload: CSV and XLSX, read in a child process that cannot hurt this one."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Literal

from hengjian.kernel.errors import DomainError
from hengjian.kernel.files.workbook_reasons import MESSAGES, Reason, Refused, TableLimits

ZIP_MAGIC = b"PK\x03\x04"
EMPTY_ZIP_MAGIC = b"PK\x05\x06"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
DEFAULT_LIMITS = TableLimits()

Kind = Literal["csv", "xlsx"]


class WorkbookRefused(DomainError):
    """The file is no table that can be imported; `reason` names the cause for programs."""

    code = "workbook_refused"
    status = 422

    def __init__(self, reason: Reason, data: Mapping[str, int]) -> None:
        """Take the sentence of the reason; `data` fills its names."""
        self.reason = reason
        super().__init__(MESSAGES[reason])
        self.data = dict(data)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its number in the file as a person sees it, and one text per column."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Header (the first row with content) and rows; blank rows are left out, cells are stripped."""

    sheet: str
    other_sheets: int
    header: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(path: Path, kind: Kind, limits: TableLimits = DEFAULT_LIMITS) -> Table:
    """Read the first visible sheet, or the CSV, as text.

    Numbers keep their digits without exponent, dates become ISO. Formulas give their stored value
    and are never computed.

    Raises:
        WorkbookRefused: with the cause; a child that was killed by a limit counts as too heavy.
    """
    try:
        _check_first_bytes(path, kind, limits)
        answer = _run_child(path, kind, limits)
    except Refused as refused:
        raise WorkbookRefused(refused.reason, refused.data) from refused
    if "reason" in answer:
        raise WorkbookRefused(Reason(answer["reason"]), answer["data"])
    return Table(
        sheet=answer["sheet"],
        other_sheets=answer["other_sheets"],
        header=tuple(answer["header"]),
        rows=tuple(Row(number, tuple(cells)) for number, cells in answer["rows"]),
    )


def _check_first_bytes(path: Path, kind: Kind, limits: TableLimits) -> None:
    size = path.stat().st_size
    if size == 0:
        raise Refused(Reason.EMPTY)
    if size > limits.file_bytes:
        raise Refused(Reason.TOO_LARGE, limit=limits.file_bytes // 2**20)
    with path.open("rb") as file:
        start = file.read(8)
        if start.startswith(OLE_MAGIC):
            rest = file.read(limits.file_bytes)
            raise Refused(Reason.ENCRYPTED if ENCRYPTED_STREAM in rest else Reason.OLD_FORMAT)
    is_archive = start.startswith((ZIP_MAGIC, EMPTY_ZIP_MAGIC))
    if is_archive != (kind == "xlsx"):
        raise Refused(Reason.WRONG_KIND)


def _run_child(path: Path, kind: Kind, limits: TableLimits) -> dict[str, Any]:
    """The child's answer; its output goes to a file, so a flood cannot fill this process."""
    command = [
        sys.executable,
        "-I",
        "-m",
        "hengjian.kernel.files.workbook_child",
        kind,
        str(path.resolve()),
        json.dumps(asdict(limits)),
    ]
    with tempfile.TemporaryFile() as output:
        returned = _wait(command, output, limits.wall_seconds)
        if returned != 0:
            # A signal (memory, processor time, abort in the parser) or a crash of the interpreter.
            raise Refused(Reason.TOO_HEAVY)
        output.seek(0)
        answer: dict[str, Any] = json.load(output)
    return answer


def _wait(command: list[str], output: IO[bytes], seconds: int) -> int:
    child = subprocess.Popen(  # noqa: S603 - fixed program, the path is an argument
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PATH": os.defpath, "LANG": "C.UTF-8"},
        start_new_session=True,
    )
    try:
        return child.wait(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise Refused(Reason.TOO_HEAVY) from error
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
