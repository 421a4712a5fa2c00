"""Organs, posts, people and terms (S1): seen by region, appointed within one's own scope, never by oneself."""

from hengjian.kernel.access.declare import OFFICIALS, Role, Verb
from hengjian.kernel.database.declare import Kind, Scope, Table
from hengjian.kernel.text import N_

APPOINTERS = frozenset(
    {Role.DRC_LEAD, Role.DRC_OFFICER, Role.CITY_OFFICER, Role.COUNTY_OFFICER, Role.SYSTEM_ADMIN}
)
READERS = OFFICIALS | {Role.OVERSIGHT, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN}

VERBS = (
    Verb("people.post.view", N_("查看岗位与人员"), READERS),
    Verb("people.person.register", N_("登记人员"), APPOINTERS, platform=True),
    Verb("people.term.appoint", N_("任命"), APPOINTERS, platform=True),
    Verb("people.term.end", N_("结束任期"), APPOINTERS, platform=True),
    Verb(
        "people.organ.create", N_("登记机构与岗位"), frozenset({Role.SYSTEM_ADMIN}), platform=True
    ),
)

_GRANTS = {
    Kind.STAFF: "SELECT",
    Kind.OVERSIGHT: "SELECT",
    Kind.ENTERPRISE: "SELECT",
    Kind.RESIDENT: "SELECT",
    Kind.ADMIN: "SELECT INSERT UPDATE",
    Kind.WORKER: "SELECT INSERT UPDATE",
}
_EVERY = (Kind.ADMIN, Kind.WORKER)
_SCOPE = Scope(region="region_id", enterprise="enterprise", site="site")

TABLES = (
    Table("people_organ", scope=_SCOPE, grants=_GRANTS, every_row=_EVERY),
    # Officials appoint: they lock a post (a lock needs one column to write) and end terms; posts are the administrator's.
    Table(
        "people_post",
        scope=_SCOPE,
        grants=_GRANTS | {Kind.STAFF: "SELECT UPDATE(closed_on)"},
        every_row=_EVERY,
    ),
    Table(
        "people_person",
        scope=Scope(region="region_id", enterprise="enterprise"),
        grants=_GRANTS | {Kind.STAFF: "SELECT INSERT"},
        every_row=_EVERY,
    ),
    Table(
        "people_term",
        scope=_SCOPE,
        grants=_GRANTS | {Kind.STAFF: "SELECT INSERT UPDATE(valid_to)"},
        every_row=_EVERY,
    ),
)
