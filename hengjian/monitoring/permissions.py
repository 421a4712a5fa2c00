"""Officials see alerts and triage them by region; enterprises and resident supervisors hold no grant here at all."""

from hengjian.kernel.access.declare import CITY, COUNTY, DRC, OFFICIALS, Role, Verb
from hengjian.kernel.database.declare import Kind, Scope, Table
from hengjian.kernel.text import N_

READERS = OFFICIALS | {Role.OVERSIGHT}
TRIAGE = DRC | {Role.SPECIAL_SUPERVISION} | CITY | COUNTY
# A commission's officer proposes, its head decides; the database refuses the same person (models.parameter).
PROPOSERS = frozenset({Role.DRC_OFFICER})
DECIDERS = frozenset({Role.DRC_LEAD})
_NOBODY: frozenset[Role] = frozenset()

VERBS = (
    Verb("monitoring.alert.view", N_("查看预警"), READERS),
    Verb("monitoring.alert.export", N_("导出预警"), READERS),
    Verb("monitoring.alert.dismiss", N_("排除预警"), TRIAGE, platform=True),
    Verb("monitoring.alert.ask", N_("就预警要求企业说明"), TRIAGE, platform=True),
    Verb("monitoring.alert.open", N_("就预警立案"), TRIAGE, platform=True),
    Verb("monitoring.alert.reopen", N_("恢复预警待研判"), TRIAGE, platform=True),
    Verb("monitoring.alert.assign", N_("指派预警"), TRIAGE),
    Verb("monitoring.alert.claim", N_("认领预警"), TRIAGE),
    Verb("monitoring.dossier.view", N_("查看数据档案"), READERS),
    Verb("monitoring.rule.view", N_("查看监测规则目录"), READERS),
    Verb("monitoring.parameter.propose", N_("提出参数调整"), PROPOSERS),
    Verb("monitoring.parameter.withdraw", N_("撤回参数调整"), PROPOSERS),
    Verb("monitoring.parameter.approve", N_("批准参数调整"), DECIDERS),
    Verb("monitoring.parameter.return", N_("退回参数调整"), DECIDERS),
    Verb("monitoring.parameter.preview", N_("试算参数调整"), PROPOSERS | DECIDERS, platform=True),
    Verb("monitoring.run.start", N_("运行监测规则"), _NOBODY, platform=True),
    Verb("monitoring.alert.raise", N_("监测产生预警"), _NOBODY, platform=True),
    Verb("monitoring.alert.withdraw", N_("复算后不再发现"), _NOBODY, platform=True),
    Verb("monitoring.alert.restore", N_("复算后再次发现"), _NOBODY, platform=True),
)

_SITE = Scope(region="region_id")
_PLATFORM_WRITES = {
    Kind.STAFF: "SELECT",
    Kind.OVERSIGHT: "SELECT",
    Kind.WORKER: "SELECT INSERT UPDATE",
}

TABLES = (
    Table("monitoring_run", grants=_PLATFORM_WRITES),
    Table(
        "monitoring_alert",
        scope=_SITE,
        grants=_PLATFORM_WRITES
        | {
            Kind.STAFF: "SELECT UPDATE(state,due,inquiry_id,problem_id,decided_at,decided_by,reason,"
            "assignee_duty_id,assignee_name,assigned_at,assigned_by)"
        },
    ),
    # A day that no longer hits loses its row; what it led to stays in the alert and the audit.
    Table(
        "monitoring_hit",
        scope=_SITE,
        grants=_PLATFORM_WRITES | {Kind.WORKER: "SELECT INSERT UPDATE DELETE"},
    ),
    Table("monitoring_verdict", scope=_SITE, grants=_PLATFORM_WRITES),
    Table(
        "monitoring_score",
        scope=_SITE,
        grants=_PLATFORM_WRITES | {Kind.WORKER: "SELECT INSERT UPDATE DELETE"},
    ),
    # Not scoped: a value holds for the nation or a region; where its trial names sites, the rows are scoped.
    Table(
        "monitoring_parameter_change",
        grants={
            Kind.STAFF: "SELECT INSERT UPDATE(state,decided_account,decided_name,decided_post,decided_at,"
            "decision_reason,preview_state,preview_progress,preview_error)",
            Kind.OVERSIGHT: "SELECT",
            Kind.WORKER: "SELECT UPDATE(preview_state,preview_progress,preview_first,preview_last,"
            "preview_counts,preview_at,preview_error)",
        },
    ),
    Table(
        "monitoring_preview_alert",
        scope=_SITE,
        grants={
            Kind.STAFF: "SELECT",
            Kind.OVERSIGHT: "SELECT",
            Kind.WORKER: "SELECT INSERT DELETE",
        },
    ),
    Table(
        "monitoring_peer_figure",
        scope=_SITE,
        grants=_PLATFORM_WRITES | {Kind.WORKER: "SELECT INSERT UPDATE DELETE"},
    ),
    # No site is named in it: so a county may see where its plants stand in the province.
    Table(
        "monitoring_peer_spread",
        grants={
            Kind.STAFF: "SELECT",
            Kind.OVERSIGHT: "SELECT",
            Kind.WORKER: "SELECT INSERT UPDATE DELETE",
        },
    ),
)
