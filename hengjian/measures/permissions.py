"""Who reports and who reads. Enterprise and resident supervisor report independently: neither sees the other's (M3, G2)."""

from collections.abc import Mapping
from enum import StrEnum

from hengjian.kernel.access.declare import ENTERPRISE, OFFICIALS, Role, Verb
from hengjian.kernel.database.declare import Kind, Scope, Table
from hengjian.kernel.text import N_


class Source(StrEnum):
    """Who vouches for a figure."""

    ENTERPRISE = "enterprise"
    RESIDENT = "resident"
    METER = "meter"
    GRID = "grid"
    TEAM = "team"
    STATISTICS = "statistics"


SOURCE_LABELS: Mapping[Source, str] = {
    Source.ENTERPRISE: N_("企业填报"),
    Source.RESIDENT: N_("驻企监督员填报"),
    Source.METER: N_("在线计量"),
    Source.GRID: N_("电网企业"),
    Source.TEAM: N_("现场核查"),
    Source.STATISTICS: N_("统计调查"),
}

# A person reports for one source only; the platform takes over the others in imports.
SOURCE_OF: Mapping[Kind, Source] = {
    Kind.ENTERPRISE: Source.ENTERPRISE,
    Kind.RESIDENT: Source.RESIDENT,
}

# What a figure may be used for (Statistics Law art. 24: survey figures are no basis of a penalty).
PERMITTED_USE: Mapping[Source, str] = {
    **dict.fromkeys(Source, N_("可用于监测预警、核查和执法线索；处罚须经现场核实取证")),
    Source.STATISTICS: N_("仅供比对参考，不得作为行政处罚依据"),
}

REPORTERS = frozenset({Role.ENTERPRISE_REPORTER, Role.RESIDENT_SUPERVISOR})
READERS = OFFICIALS | ENTERPRISE | {Role.RESIDENT_SUPERVISOR, Role.OVERSIGHT}

VERBS = (
    Verb("measures.report.view", N_("查看日报"), READERS, platform=True),
    Verb("measures.report.submit", N_("提交日报"), REPORTERS, platform=True),
    Verb("measures.report.correct", N_("更正日报"), REPORTERS, platform=True),
    Verb("measures.report.load", N_("批量接收日报"), frozenset(), platform=True),
    Verb("measures.draft.save", N_("保存草稿"), REPORTERS),
    Verb("measures.fact.read", N_("取数监测"), frozenset(), platform=True),
)

_REFERENCE = {Kind.WORKER: "SELECT INSERT UPDATE"}
# Generated columns, filled only for rows of one's own source: the database, not a query, keeps the two apart.
_SOURCES_APART = Scope(region="region_id", enterprise="enterprise_sees", site="resident_sees")
_OWN_DRAFTS = Scope(enterprise="enterprise_sees", site="resident_sees")
_KEEPS = "SELECT INSERT UPDATE DELETE"

TABLES = (
    Table("measures_factor_set", grants=_REFERENCE, everyone="SELECT"),
    Table("measures_factor", grants=_REFERENCE, everyone="SELECT"),
    Table(
        "measures_report",
        scope=_SOURCES_APART,
        grants={
            Kind.STAFF: "SELECT",
            Kind.OVERSIGHT: "SELECT",
            Kind.ENTERPRISE: "SELECT INSERT",
            Kind.RESIDENT: "SELECT INSERT",
            Kind.WORKER: "SELECT INSERT",
        },
    ),
    Table(
        "measures_draft",
        scope=_OWN_DRAFTS,
        grants={Kind.ENTERPRISE: _KEEPS, Kind.RESIDENT: _KEEPS},
    ),
)
