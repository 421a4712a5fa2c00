"""Who reports and who reads. Enterprise and resident supervisor report independently: neither sees the other's (M3, G2)."""

from collections.abc import Mapping
from enum import StrEnum

from hengjian.kernel.access.declare import CITY, COUNTY, DRC, ENTERPRISE, OFFICIALS, Role, Verb
from hengjian.kernel.database.declare import Delivered, Kind, Scope, Table
from hengjian.kernel.text import N_


class Source(StrEnum):
    """Who vouches for a figure."""

    ENTERPRISE = "enterprise"
    RESIDENT = "resident"
    METER = "meter"
    GRID = "grid"
    TEAM = "team"
    STATISTICS = "statistics"
    TAX = "tax"
    WATER = "water"
    CEMS = "cems"


SOURCE_LABELS: Mapping[Source, str] = {
    Source.ENTERPRISE: N_("企业填报"),
    Source.RESIDENT: N_("驻企监督员填报"),
    Source.METER: N_("在线计量"),
    Source.GRID: N_("电网企业"),
    Source.TEAM: N_("现场核查"),
    Source.STATISTICS: N_("统计调查"),
    Source.TAX: N_("税务"),
    Source.WATER: N_("供水与水务"),
    Source.CEMS: N_("烟气在线监测"),
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
    Source.TAX: N_("仅供比对参考；涉税信息依法保密，不得对外提供"),
    Source.WATER: N_("用于与填报数比对和核查线索"),
    Source.CEMS: N_("用于与填报数比对和核查线索；环境执法由生态环境部门依其标准认定"),
}

# What the figures of each source cover (kou jing), beside the basis of the conversion.
COVERAGE: Mapping[Source, str] = {
    Source.ENTERPRISE: N_("法人厂区全部生产、辅助和附属用能，按生产日"),
    Source.RESIDENT: N_("驻企监督员现场抄录和核对，按生产日"),
    Source.METER: N_("关口计量器具示值，按生产日汇总"),
    Source.GRID: N_("供电企业结算关口电量，按自然日"),
    Source.TEAM: N_("检查组现场清点、称量和抄表，按检查当日"),
    Source.STATISTICS: N_("统计报表制度口径，按报告期"),
    Source.TAX: N_("增值税发票和申报口径，按税款所属期"),
    Source.WATER: N_("供水企业或取水许可计量口径，按抄表期"),
    Source.CEMS: N_("固定污染源排放口连续监测小时值，按自然日汇总"),
}

REPORTERS = frozenset({Role.ENTERPRISE_REPORTER, Role.RESIDENT_SUPERVISOR})
READERS = OFFICIALS | ENTERPRISE | {Role.RESIDENT_SUPERVISOR, Role.OVERSIGHT}
# Officials who answer for what is reported in their area: they keep the list, remind, and decide corrections.
KEEPERS = DRC | CITY | COUNTY
# Figures that an official takes over from the organ that made them, as a file.
TAKEN_OVER = frozenset(
    {Source.GRID, Source.STATISTICS, Source.TAX, Source.WATER, Source.CEMS, Source.TEAM}
)
# Not the enterprise: a meter's file from its own hand would make the independent source its own.
METER_KEEPERS = KEEPERS

VERBS = (
    Verb("measures.report.view", N_("查看日报"), READERS, platform=True),
    Verb("measures.report.submit", N_("提交日报"), REPORTERS, platform=True),
    Verb("measures.report.correct", N_("更正日报"), REPORTERS, platform=True),
    Verb("measures.report.load", N_("批量接收日报"), frozenset(), platform=True),
    Verb("measures.report.review", N_("审核报表"), frozenset({Role.ENTERPRISE_REVIEWER})),
    Verb("measures.draft.save", N_("保存草稿"), REPORTERS),
    Verb("measures.fact.read", N_("取数监测"), frozenset(), platform=True),
    Verb("measures.status.view", N_("查看报送情况"), OFFICIALS | {Role.OVERSIGHT}),
    Verb("measures.status.export", N_("导出报送情况"), OFFICIALS | {Role.OVERSIGHT}),
    Verb("measures.reminder.send", N_("催报"), KEEPERS, platform=True),
    Verb("measures.obligation.view", N_("查看报送名录"), READERS),
    Verb("measures.obligation.export", N_("导出报送名录"), OFFICIALS | {Role.OVERSIGHT}),
    Verb("measures.obligation.add", N_("列入报送名录"), KEEPERS, platform=True),
    Verb("measures.obligation.end", N_("移出报送名录"), KEEPERS, platform=True),
    Verb("measures.obligation.assign", N_("按规则派生报送名录"), DRC, platform=True),
    Verb("measures.obligation.load", N_("导入报送名录"), DRC | {Role.CITY_OFFICER}, platform=True),
    Verb("measures.correction.view", N_("查看更正申请"), READERS),
    Verb("measures.correction.ask", N_("申请更正"), REPORTERS),
    Verb("measures.correction.withdraw", N_("撤回更正申请"), REPORTERS),
    Verb("measures.correction.decide", N_("审批更正申请"), KEEPERS),
    Verb("measures.reading.view", N_("查看计量数据"), READERS, platform=True),
    Verb("measures.reading.export", N_("导出计量数据"), READERS),
    Verb("measures.reading.upload", N_("上传计量文件"), METER_KEEPERS, platform=True),
    Verb("measures.reading.load", N_("接收计量读数"), frozenset(), platform=True),
    Verb("measures.reading.deliver", N_("系统报送计量读数"), frozenset({Role.SENDER})),
    Verb("measures.report.deliver", N_("系统报送"), frozenset({Role.SENDER})),
    Verb("measures.batch.deliver", N_("系统批量报送"), frozenset({Role.SENDER})),
    Verb("measures.batch.upload", N_("上传报送批次"), KEEPERS, platform=True),
    Verb("measures.batch.view", N_("查看报送批次"), OFFICIALS | {Role.OVERSIGHT}),
    Verb("measures.day_start.set", N_("设定生产日起点"), METER_KEEPERS, platform=True),
)

_REFERENCE = {Kind.WORKER: "SELECT INSERT UPDATE"}
# Generated columns, filled only for rows of one's own source: the database, not a query, keeps the two apart.
_SOURCES_APART = Scope(region="region_id", enterprise="enterprise_sees", site="resident_sees")
_OWN_DRAFTS = Scope(enterprise="enterprise_sees", site="resident_sees")
_KEEPS = "SELECT INSERT UPDATE DELETE"
_SITE = Scope(region="region_id", enterprise="enterprise_id", site="site_id")
_SITE_REACH = Delivered(region="region_id", enterprise="enterprise_id", site="site_id")
_SITE_READS = dict.fromkeys((Kind.STAFF, Kind.OVERSIGHT, Kind.ENTERPRISE, Kind.RESIDENT), "SELECT")
_ENDS = "UPDATE(valid_to,ended_name,ended_post,ended_at,end_reason)"
_WITHDRAWS = "UPDATE(state,decided_account,decided_name,decided_post,decided_at)"
_DECIDES = "UPDATE(state,level,decided_account,decided_name,decided_post,decided_at,decision_reason,made_report)"
_BATCH = {
    **dict.fromkeys((Kind.STAFF, Kind.SENDER, Kind.WORKER), "SELECT INSERT"),
    Kind.OVERSIGHT: "SELECT",
}

TABLES = (
    Table("measures_factor_set", grants=_REFERENCE, everyone="SELECT"),
    Table("measures_factor", grants=_REFERENCE, everyone="SELECT"),
    Table(
        "measures_report",
        scope=_SOURCES_APART,
        grants={
            # The revision that an approved correction makes; a trigger lets no other one through.
            Kind.STAFF: "SELECT INSERT",
            Kind.OVERSIGHT: "SELECT",
            Kind.ENTERPRISE: "SELECT INSERT",
            Kind.RESIDENT: "SELECT INSERT",
            Kind.SENDER: "SELECT INSERT",
            Kind.WORKER: "SELECT INSERT",
        },
        delivered=Delivered(
            region="region_id",
            enterprise="enterprise_id",
            site="site_id",
            account="reporter_account",
            source="source",
        ),
    ),
    Table(
        "measures_batch",
        scope=Scope(region="region_id"),
        grants=_BATCH,
        delivered=Delivered(account="account_id", source="source"),
    ),
    Table(
        "measures_refused_row",
        scope=Scope(region="region_id"),
        grants=_BATCH,
        delivered=Delivered(account="account_id"),
    ),
    Table(
        "measures_obligation",
        scope=_SOURCES_APART,
        grants={
            Kind.STAFF: f"SELECT INSERT {_ENDS}",
            Kind.OVERSIGHT: "SELECT",
            Kind.ENTERPRISE: "SELECT",
            Kind.RESIDENT: "SELECT",
            Kind.SENDER: "SELECT",  # whether a reviewer must see the form first
            Kind.WORKER: f"SELECT INSERT {_ENDS}",
        },
        delivered=Delivered(
            region="region_id", enterprise="enterprise_id", site="site_id", source="source"
        ),
    ),
    Table(
        "measures_reminder",
        scope=_SOURCES_APART,
        grants={
            Kind.STAFF: "SELECT INSERT",
            Kind.OVERSIGHT: "SELECT",
            Kind.ENTERPRISE: "SELECT",
            Kind.RESIDENT: "SELECT",
            Kind.WORKER: "SELECT INSERT",
        },
    ),
    Table(
        "measures_correction",
        scope=_SOURCES_APART,
        grants={
            Kind.STAFF: f"SELECT {_DECIDES}",
            Kind.OVERSIGHT: "SELECT",
            Kind.ENTERPRISE: f"SELECT INSERT {_WITHDRAWS}",
            Kind.RESIDENT: f"SELECT INSERT {_WITHDRAWS}",
            Kind.WORKER: "SELECT",
        },
    ),
    Table(
        "measures_draft",
        scope=_OWN_DRAFTS,
        grants={Kind.ENTERPRISE: _KEEPS, Kind.RESIDENT: _KEEPS},
    ),
    # Instruments are the site's own and read by both its reporter and its resident supervisor every day: hiding
    # the readings would protect nothing, and both must find the gaps. What the platform makes of them (reports of
    # source meter) stays with officials, as measures_report keeps it.
    Table(
        "measures_reading",
        scope=_SITE,
        grants={**_SITE_READS, Kind.SENDER: "SELECT INSERT", Kind.WORKER: "SELECT INSERT"},
        delivered=_SITE_REACH,
    ),
    Table(
        "measures_meter_event",
        scope=_SITE,
        grants={**_SITE_READS, Kind.WORKER: "SELECT INSERT"},
    ),
    Table(
        "measures_reading_batch",
        scope=Scope(region="region_id"),
        grants={
            Kind.STAFF: "SELECT INSERT UPDATE(state,progress)",
            Kind.OVERSIGHT: "SELECT",
            Kind.SENDER: "SELECT INSERT UPDATE",
            Kind.WORKER: "SELECT INSERT UPDATE",
        },
        delivered=Delivered(
            region="region_id", enterprise="enterprise_id", site="site_id", account="account"
        ),
    ),
    Table(
        "measures_day_start",
        scope=_SITE,
        grants={
            **_SITE_READS,
            **dict.fromkeys((Kind.STAFF, Kind.WORKER), "SELECT INSERT"),
            Kind.SENDER: "SELECT",
        },
        delivered=_SITE_REACH,
    ),
)
