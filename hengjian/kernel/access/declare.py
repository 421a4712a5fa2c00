"""What an app declares in its ``permissions.py``: the roles of the plan and the verbs that each may do. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hengjian.kernel.database.declare import Kind
from hengjian.kernel.text import N_


class Sphere(StrEnum):
    """Spheres that one account never mixes (GB/T 22239 8.1.5: three administrators, no business post).

    An account of ``MACHINE`` is a sender's system: it has no password and comes with a key.
    """

    BUSINESS = "business"
    SYSTEM = "system"
    SECURITY = "security"
    AUDIT = "audit"
    MACHINE = "machine"


class Level(StrEnum):
    """Where a post sits."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    SITE = "site"


@dataclass(frozen=True, slots=True)
class RoleSpec:
    """A role of the plan: its Chinese name, kind of actor, possible levels and sphere."""

    label: str
    kind: Kind
    levels: tuple[Level, ...]
    sphere: Sphere = Sphere.BUSINESS


class Role(StrEnum):
    """The roles of the plan (clauses.md); a duty gives an account exactly one of them."""

    DRC_LEAD = "drc_lead"
    DRC_OFFICER = "drc_officer"
    DEPARTMENT_OFFICER = "department_officer"
    SPECIAL_SUPERVISION = "special_supervision"
    FOUR_ENTRY_OFFICE = "four_entry_office"
    GOVERNMENT_APPROVER = "government_approver"
    CITY_OFFICER = "city_officer"
    CITY_TASK_FORCE = "city_task_force"
    COUNTY_LEAD = "county_lead"
    COUNTY_OFFICER = "county_officer"
    FOUR_ENTRY_MEMBER = "four_entry_member"
    RESIDENT_SUPERVISOR = "resident_supervisor"
    GROUP_LEADER = "group_leader"
    GROUP_MEMBER = "group_member"
    EXPERT = "expert"
    ENTERPRISE_REPORTER = "enterprise_reporter"
    ENTERPRISE_REVIEWER = "enterprise_reviewer"
    HOTLINE_OPERATOR = "hotline_operator"
    ASSOCIATION = "association"
    OVERSIGHT = "oversight"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"
    SENDER = "sender"


_P, _C, _X, _S = (Level.PROVINCE,), (Level.CITY,), (Level.COUNTY,), (Level.SITE,)

ROLES: Mapping[Role, RoleSpec] = {
    Role.DRC_LEAD: RoleSpec(N_("省发展改革委负责人"), Kind.STAFF, _P),
    Role.DRC_OFFICER: RoleSpec(N_("省发展改革委经办"), Kind.STAFF, _P),
    Role.DEPARTMENT_OFFICER: RoleSpec(N_("省直部门经办"), Kind.STAFF, _P),
    Role.SPECIAL_SUPERVISION: RoleSpec(N_("省两高项目专项督导组"), Kind.STAFF, _P),
    Role.FOUR_ENTRY_OFFICE: RoleSpec(N_("省“四进”攻坚办"), Kind.STAFF, _P),
    Role.GOVERNMENT_APPROVER: RoleSpec(N_("省政府审批人"), Kind.STAFF, _P),
    Role.CITY_OFFICER: RoleSpec(N_("市级经办"), Kind.STAFF, _C),
    Role.CITY_TASK_FORCE: RoleSpec(N_("市产量控制工作专班"), Kind.STAFF, _C),
    Role.COUNTY_LEAD: RoleSpec(N_("县级负责人"), Kind.STAFF, _X),
    Role.COUNTY_OFFICER: RoleSpec(N_("县级经办"), Kind.STAFF, _X),
    Role.FOUR_ENTRY_MEMBER: RoleSpec(N_("“四进”专项督导组成员"), Kind.STAFF, _P + _C + _X),
    Role.RESIDENT_SUPERVISOR: RoleSpec(N_("驻企监督员"), Kind.RESIDENT, _S),
    Role.GROUP_LEADER: RoleSpec(N_("联合检查组组长"), Kind.STAFF, _P),
    Role.GROUP_MEMBER: RoleSpec(N_("联合检查组成员"), Kind.STAFF, _P + _C + _X),
    Role.EXPERT: RoleSpec(N_("专家"), Kind.INVITEE, _P),
    Role.ENTERPRISE_REPORTER: RoleSpec(N_("企业填报人"), Kind.ENTERPRISE, _S),
    Role.ENTERPRISE_REVIEWER: RoleSpec(N_("企业审核人"), Kind.ENTERPRISE, _S),
    Role.HOTLINE_OPERATOR: RoleSpec(N_("举报电话接听员"), Kind.INVITEE, _P),
    Role.ASSOCIATION: RoleSpec(N_("行业协会"), Kind.INVITEE, _P),
    Role.OVERSIGHT: RoleSpec(N_("纪检监察与审计"), Kind.OVERSIGHT, _P + _C + _X),
    Role.SYSTEM_ADMIN: RoleSpec(N_("系统管理员"), Kind.ADMIN, _P, Sphere.SYSTEM),
    Role.SECURITY_ADMIN: RoleSpec(N_("安全管理员"), Kind.ADMIN, _P, Sphere.SECURITY),
    Role.AUDIT_ADMIN: RoleSpec(N_("审计管理员"), Kind.AUDITOR, _P, Sphere.AUDIT),
    Role.SENDER: RoleSpec(N_("报送单位系统"), Kind.SENDER, _P + _C + _X, Sphere.MACHINE),
}

PROVINCE_ROLES = frozenset(r for r, s in ROLES.items() if Level.PROVINCE in s.levels)
ADMINISTRATORS = frozenset(
    r for r, s in ROLES.items() if s.sphere in {Sphere.SYSTEM, Sphere.SECURITY, Sphere.AUDIT}
)
DRC = frozenset({Role.DRC_LEAD, Role.DRC_OFFICER})
CITY = frozenset({Role.CITY_OFFICER, Role.CITY_TASK_FORCE})
COUNTY = frozenset({Role.COUNTY_LEAD, Role.COUNTY_OFFICER})
PROVINCE_STAFF = DRC | {
    Role.DEPARTMENT_OFFICER,
    Role.SPECIAL_SUPERVISION,
    Role.FOUR_ENTRY_OFFICE,
    Role.GOVERNMENT_APPROVER,
}
FIELD = frozenset({Role.FOUR_ENTRY_MEMBER, Role.GROUP_LEADER, Role.GROUP_MEMBER})
OFFICIALS = PROVINCE_STAFF | CITY | COUNTY | FIELD
ENTERPRISE = frozenset({Role.ENTERPRISE_REPORTER, Role.ENTERPRISE_REVIEWER})
EVERYONE = frozenset(r for r, s in ROLES.items() if s.sphere is not Sphere.MACHINE)
"""Every person; a sender's system holds only the verbs that name it."""


@dataclass(frozen=True, slots=True)
class Verb:
    """An act: ``app.noun.act``, its Chinese name for the timeline, and the roles that may do it.

    ``platform`` marks acts that the platform itself does in a job.
    """

    code: str
    label: str
    roles: frozenset[Role]
    platform: bool = False
