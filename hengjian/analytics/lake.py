"""The lake: one parquet file per table and month under a root folder.

A month is always written whole, so writing it again is the correction: the new file replaces the
old one by rename, and a reader sees either. The same rows in any order give the same bytes.
"""

import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from hengjian.analytics.contracts import Contract, ContractError
from hengjian.analytics.session import load

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
FILE = "part.parquet"


@dataclass(frozen=True, slots=True)
class Lake:
    """Monthly parquet under ``root`` (made on first write): ``root/<table>/<yyyy-mm>/part.parquet``."""

    root: Path

    def write_month(self, contract: Contract, month: str, rows: Iterable[Mapping[str, Any]]) -> int:
        """Replace one month of a table with these rows; returns how many.

        Raises:
            ContractError: a row breaks the contract or belongs to another month; nothing is written.
        """
        table = contract.table(_of_month(contract, month, rows))
        target = self._file(contract, month)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".tmp")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                pq.write_table(table, stream, compression="zstd", write_statistics=True)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return int(table.num_rows)

    def months(self, contract: Contract) -> list[str]:
        """Months that are stored, in order."""
        folder = self.root / contract.name
        return sorted(path.parent.name for path in folder.glob(f"*/{FILE}"))

    def read(self, con: Any, contract: Contract, months: Iterable[str]) -> Any:
        """The table over the given months (months not stored count as empty), bound to ``con``.

        Raises:
            ContractError: a stored file was written under another contract.
        """
        files = [self._file(contract, month) for month in sorted(set(months))]
        stored = [file for file in files if file.exists()]
        for file in stored:
            if not pq.read_schema(file).equals(contract.arrow):
                raise ContractError(f"{file}: written under another contract; write it anew")
        if not stored:
            return load(contract, [])
        return con.read_parquet([str(file) for file in stored], table_name=contract.name)

    def _file(self, contract: Contract, month: str) -> Path:
        if not contract.month or not MONTH.fullmatch(month):
            raise ContractError(f"{contract.name}: no monthly table or no month: {month!r}")
        return self.root / contract.name / month / FILE


def _of_month(
    contract: Contract, month: str, rows: Iterable[Mapping[str, Any]]
) -> Iterable[Mapping[str, Any]]:
    for row in rows:
        if row[contract.month] != month:
            raise ContractError(f"{contract.name}: row of {row[contract.month]} in {month}")
        yield row
