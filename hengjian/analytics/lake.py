"""The lake: one parquet file per table and month under a root folder.

A month file is always replaced whole by rename, so a reader sees either the old or the new one. The same rows in any order give the same bytes.
"""

import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
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
        self._replace(contract, month, table)
        return int(table.num_rows)

    def add(self, contract: Contract, rows: Iterable[Mapping[str, Any]]) -> int:
        """Add rows to the months they belong to; a row whose key is stored already is left as it is.

        Only months that get rows are rewritten, without touching their old rows in Python. Returns how many
        rows were new.

        Raises:
            ContractError: a row breaks the contract, or a stored month was written under another one.
        """
        by_month: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for row in rows:
            by_month[row[contract.month]].append(row)
        added = 0
        for month, given in sorted(by_month.items()):
            new = contract.table(given)
            file = self._file(contract, month)
            if file.exists():
                self._check(contract, file)
                old = pq.read_table(file)
                new = new.join(old.select(contract.key), list(contract.key), join_type="left anti")
                if not new.num_rows:
                    continue
                merged = pa.concat_tables([old, new.select(contract.arrow.names).cast(old.schema)])
            else:
                merged = new
            order = [(name, "ascending") for name in contract.key]
            self._replace(contract, month, merged.sort_by(order))
            added += int(new.num_rows)
        return added

    def _replace(self, contract: Contract, month: str, table: Any) -> None:
        """Write a month beside itself and rename it into place."""
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

    def forget(self, contract: Contract) -> None:
        """Drop every month of a table: what it held can be written anew from its source."""
        for month in self.months(contract):
            self._file(contract, month).unlink()

    def rows(self, contract: Contract) -> int:
        """How many rows are stored in all months."""
        files = (self._file(contract, month) for month in self.months(contract))
        return sum(pq.read_metadata(file).num_rows for file in files)

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
            self._check(contract, file)
        if not stored:
            return load(contract, [])
        return con.read_parquet([str(file) for file in stored], table_name=contract.name)

    @staticmethod
    def _check(contract: Contract, file: Path) -> None:
        if not pq.read_schema(file).equals(contract.arrow):
            raise ContractError(f"{file}: written under another contract; write it anew")

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
