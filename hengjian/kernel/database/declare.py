"""What an app declares of its tables in ``permissions.py``: how rows are scoped and who holds which grants. Pure data.

The same declarations drive both walls: ``access.scope.visible_to`` reads them at request time, and
``kernel.database.provision`` turns them into row policies and grants. The catalog test compares the
database with them, so neither wall can drift alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """Kind of actor: one database role each (``hj_<kind>``), one row policy per table and role."""

    ANONYMOUS = "anonymous"
    STAFF = "staff"
    RESIDENT = "resident"
    ENTERPRISE = "enterprise"
    INVITEE = "invitee"
    OVERSIGHT = "oversight"
    ADMIN = "admin"
    AUDITOR = "auditor"
    SENDER = "sender"
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Scope:
    """Columns by which rows are scoped. An absent column closes the table to that kind of actor.

    ``regions`` names an array column instead of ``region``, for rows that belong to several regions.
    """

    region: str = ""
    enterprise: str = ""
    site: str = ""
    case: str = ""
    regions: str = ""

    def column(self, kind: Kind) -> str:
        """The column that decides for ``kind``; empty where the kind sees no row."""
        return {
            Kind.STAFF: self.region or self.regions,
            Kind.OVERSIGHT: self.region or self.regions,
            Kind.ENTERPRISE: self.enterprise,
            Kind.RESIDENT: self.site,
            Kind.INVITEE: self.case,
        }.get(kind, "")

    def is_array(self, kind: Kind) -> bool:
        """Whether the deciding column of ``kind`` is an array that must overlap the scope."""
        return bool(self.regions) and self.column(kind) == self.regions


@dataclass(frozen=True, slots=True)
class Delivered:
    """How the rows of a sender's system are bounded; its reach is regions, enterprises or sites.

    ``region``, ``enterprise`` and ``site`` name the columns of the reach, of which any one suffices. ``account`` must
    hold the sender's own account and ``source`` one of its sources: what it neither sent nor may send is closed to it.
    """

    region: str = ""
    enterprise: str = ""
    site: str = ""
    account: str = ""
    source: str = ""

    def reach(self) -> Iterator[tuple[str, str]]:
        """(noun, column) of each column of the reach."""
        for noun in ("region", "enterprise", "site"):
            if column := getattr(self, noun):
                yield noun, column


@dataclass(frozen=True, slots=True)
class Table:
    """A table: how its rows are scoped (None: not scoped) and which kinds hold which grants.

    ``grants`` maps a kind to words of ``SELECT INSERT UPDATE DELETE`` (``UPDATE(a,b)`` for columns); a kind left
    out holds none. ``everyone`` grants to all kinds, the anonymous one too; ``login`` to the web login itself, for
    what runs outside the scoped transaction (sessions, buckets). ``insert_any`` lets the named kinds insert rows
    that they cannot see afterwards (audit). ``every_row`` names kinds that see all rows. ``delivered`` opens the
    table to senders.
    """

    name: str
    scope: Scope | None = None
    grants: Mapping[Kind, str] = field(default_factory=dict)
    everyone: str = ""
    login: str = ""
    insert_any: tuple[Kind, ...] = ()
    every_row: tuple[Kind, ...] = (Kind.WORKER,)
    delivered: Delivered | None = None
