"""A bounded in-process DuckDB session for Ibis expressions."""

from collections.abc import Iterable, Mapping
from typing import Any

import ibis

from hengjian.analytics.contracts import Contract


def connect(*, memory_limit: str = "1GB", threads: int = 2, database: str = ":memory:") -> Any:
    """Open a session in UTC that downloads no extension and stays within the given memory.

    Args:
        memory_limit: as DuckDB writes it ("800MB").
        threads: worker threads.
        database: ``:memory:`` or a native DuckDB file.
    """
    return ibis.duckdb.connect(
        database,
        memory_limit=memory_limit,
        threads=threads,
        autoinstall_known_extensions=False,
        autoload_known_extensions=False,
    )


def load(contract: Contract, rows: Iterable[Mapping[str, Any]]) -> Any:
    """Rows that live outside the lake (limits, sites) as an in-memory Ibis table.

    Raises:
        ContractError: the rows break the contract.
    """
    return ibis.memtable(contract.table(rows))
