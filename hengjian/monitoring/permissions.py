"""Officials see alerts and triage them by region; enterprises and resident supervisors hold no grant here at all."""

from hengjian.kernel.access.declare import CITY, COUNTY, DRC, OFFICIALS, Role, Verb
from hengjian.kernel.database.declare import Kind, Scope, Table
from hengjian.kernel.text import N_

READERS = OFFICIALS | {Role.OVERSIGHT}
TRIAGE = DRC | {Role.SPECIAL_SUPERVISION} | CITY | COUNTY
_NOBODY: frozenset[Role] = frozenset()

VERBS = (
    Verb("monitoring.alert.view", N_("查看预警"), READERS),
    Verb("monitoring.alert.export", N_("导出预警"), READERS),
    Verb("monitoring.alert.dismiss", N_("排除预警"), TRIAGE, platform=True),
    Verb("monitoring.alert.ask", N_("就预警要求企业说明"), TRIAGE, platform=True),
    Verb("monitoring.alert.open", N_("就预警立案"), TRIAGE, platform=True),
    Verb("monitoring.alert.reopen", N_("恢复预警待研判"), TRIAGE, platform=True),
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
            Kind.STAFF: "SELECT UPDATE(state,due,inquiry_id,problem_id,decided_at,decided_by,reason)"
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
)
