"""The registry: officials read by region, enterprises their own, DRC and city officers keep it."""

from hengjian.kernel.access.declare import CITY, DRC, ENTERPRISE, OFFICIALS, Role, Verb
from hengjian.kernel.database.declare import Delivered, Kind, Scope, Table
from hengjian.kernel.text import N_

READERS = OFFICIALS | ENTERPRISE | {Role.RESIDENT_SUPERVISOR, Role.OVERSIGHT}
KEEPERS = DRC | {Role.CITY_OFFICER}

VERBS = (
    Verb("registry.site.view", N_("查看厂区"), READERS),
    Verb("registry.site.export", N_("导出企业台账"), OFFICIALS | {Role.OVERSIGHT}),
    Verb("registry.enterprise.create", N_("登记企业"), KEEPERS, platform=True),
    Verb("registry.enterprise.name", N_("登记企业曾用名、别名"), KEEPERS, platform=True),
    Verb("registry.site.create", N_("登记厂区"), KEEPERS, platform=True),
    Verb("registry.site.change", N_("修改厂区信息"), KEEPERS, platform=True),
    Verb(
        "registry.site.confirm_region",
        N_("确认监管属地"),
        DRC | CITY | {Role.COUNTY_OFFICER},
        platform=True,
    ),
    Verb("registry.plan.set", N_("下达产量控制目标"), DRC, platform=True),
    Verb("registry.import.view", N_("查看导入"), KEEPERS | {Role.OVERSIGHT}, platform=True),
    Verb("registry.import.upload", N_("上传导入文件"), KEEPERS, platform=True),
    Verb("registry.import.cancel", N_("取消导入"), KEEPERS, platform=True),
    Verb("registry.import.run", N_("导入企业台账"), KEEPERS, platform=True),
)

_WRITE, _READ = "SELECT INSERT UPDATE", "SELECT"
_SITE = Scope(region="region_id", enterprise="enterprise_id", site="site_id")
_GRANTS = {
    Kind.STAFF: _WRITE,
    Kind.RESIDENT: _READ,
    Kind.ENTERPRISE: _READ,
    Kind.OVERSIGHT: _READ,
    Kind.WORKER: _WRITE,
}
_SENDERS = _GRANTS | {Kind.SENDER: _READ}
_LEGAL_PERSON = {
    Kind.STAFF: _WRITE,
    Kind.ENTERPRISE: _READ,
    Kind.OVERSIGHT: _READ,
    Kind.WORKER: _WRITE,
}
_STAFF_ONLY = {Kind.STAFF: _WRITE, Kind.OVERSIGHT: _READ, Kind.WORKER: _WRITE}
_REFERENCE = {Kind.WORKER: _WRITE}

TABLES = (
    Table("registry_industry", grants=_REFERENCE, everyone=_READ),
    Table("registry_industry_designation", grants=_REFERENCE, everyone=_READ),
    Table("registry_limit", grants=_REFERENCE, everyone=_READ),
    Table(
        "registry_enterprise", scope=Scope(regions="regions", enterprise="id"), grants=_LEGAL_PERSON
    ),
    Table(
        "registry_enterprise_name",
        scope=Scope(regions="regions", enterprise="enterprise_id"),
        grants=_LEGAL_PERSON,
    ),
    Table(
        "registry_site",
        scope=Scope(region="region_id", enterprise="enterprise_id", site="id"),
        grants=_SENDERS,
        delivered=Delivered(region="region_id", enterprise="enterprise_id", site="id"),
    ),
    Table("registry_site_source", scope=_SITE, grants=_GRANTS),
    Table(
        "registry_site_industry",
        scope=_SITE,
        # What a site makes may change; the audit keeps before and after.
        grants={**_SENDERS, Kind.STAFF: f"{_WRITE} DELETE", Kind.WORKER: f"{_WRITE} DELETE"},
        delivered=Delivered(region="region_id", enterprise="enterprise_id", site="site_id"),
    ),
    Table("registry_line", scope=_SITE, grants=_GRANTS),
    Table("registry_output_control", scope=_SITE, grants=_GRANTS),
    # A plan is never changed, only followed by its next revision.
    Table(
        "registry_output_plan",
        scope=_SITE,
        grants={
            **dict.fromkeys(_GRANTS, _READ),
            Kind.STAFF: "SELECT INSERT",
            Kind.WORKER: "SELECT INSERT",
        },
    ),
    Table("registry_project", scope=_SITE, grants=_GRANTS),
    Table(
        "registry_meter",
        scope=_SITE,
        grants=_SENDERS,  # systems that deliver readings name the meter
        delivered=Delivered(region="region_id", enterprise="enterprise_id", site="site_id"),
    ),
    Table("registry_import_batch", scope=Scope(region="region_id"), grants=_STAFF_ONLY),
    Table("registry_import_row", scope=Scope(region="region_id"), grants=_STAFF_ONLY),
)
