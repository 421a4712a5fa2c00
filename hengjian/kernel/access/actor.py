"""Who acts: an account in its acting post, with the scope that the post has today."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from hengjian.kernel.access.declare import ROLES, Role
from hengjian.kernel.database.declare import Kind


@dataclass(frozen=True, slots=True)
class Actor:
    """An account in its acting post.

    ``name`` and ``post`` are texts that survive the account; the four id sets are the post's scope today:
    region codes (GB/T 2260), enterprises, sites and cases. ``sources`` are those that a sender's system delivers.
    """

    account_id: int | None
    name: str
    duty_id: int | None
    post: str
    role: Role | None
    kind: Kind
    regions: tuple[int, ...] = ()
    enterprises: tuple[UUID, ...] = ()
    sites: tuple[UUID, ...] = ()
    cases: tuple[UUID, ...] = ()
    home_region: int | None = None
    sources: tuple[str, ...] = ()

    @property
    def level(self) -> str:
        """province, city, county or site: the lowest level at which the post's region sits; empty without one."""
        if self.home_region is None or self.role is None:
            return ROLES[self.role].levels[0].value if self.role else ""
        if self.home_region % 10000 == 0:
            return "province"
        return "city" if self.home_region % 100 == 0 else "county"


ANONYMOUS = Actor(None, "", None, "", None, Kind.ANONYMOUS)


def worker(name: str) -> Actor:
    """The platform itself, acting in a job: sees every row, may do what ``access.can`` allows no person."""
    return Actor(None, name, None, "", None, Kind.WORKER)
