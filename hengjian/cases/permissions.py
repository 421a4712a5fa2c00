"""Who opens, handles and closes problems; who asks the enterprise and who answers.

The enterprise holds grants on inquiries and answers alone: a problem, and which inquiry belongs to which
problem, lie in tables that are closed to it.
"""

from hengjian.kernel.access.declare import CITY, COUNTY, DRC, ENTERPRISE, OFFICIALS, Role, Verb
from hengjian.kernel.database.declare import Kind, Scope, Table
from hengjian.kernel.text import N_

READERS = OFFICIALS | {Role.OVERSIGHT}
OPENERS = DRC | {Role.SPECIAL_SUPERVISION} | CITY | COUNTY
HANDLERS = OPENERS | {Role.FOUR_ENTRY_OFFICE, Role.FOUR_ENTRY_MEMBER}
CLOSERS = DRC | {Role.SPECIAL_SUPERVISION} | CITY

VERBS = (
    Verb("cases.problem.view", N_("查看问题"), READERS),
    Verb("cases.problem.open", N_("立案"), OPENERS, platform=True),
    Verb("cases.problem.start", N_("开始办理"), HANDLERS, platform=True),
    Verb("cases.problem.propose", N_("提出办理结论"), HANDLERS, platform=True),
    Verb("cases.problem.return", N_("退回继续办理"), CLOSERS, platform=True),
    Verb("cases.problem.close", N_("办结"), CLOSERS, platform=True),
    Verb("cases.problem.reassign", N_("改派承办人、调整时限"), OPENERS, platform=True),
    Verb("cases.inquiry.view", N_("查看说明函询"), READERS | ENTERPRISE),
    Verb("cases.inquiry.ask", N_("要求企业说明"), OPENERS, platform=True),
    Verb("cases.inquiry.answer", N_("企业提交说明"), ENTERPRISE),
    Verb("cases.inquiry.accept", N_("采纳企业说明"), OPENERS, platform=True),
    Verb("cases.inquiry.return", N_("退回补充说明"), OPENERS, platform=True),
    Verb("cases.inquiry.withdraw", N_("撤回说明函询"), OPENERS, platform=True),
)

_WRITE, _READ = "SELECT INSERT UPDATE", "SELECT"
_OFFICIALS = {Kind.OVERSIGHT: _READ, Kind.WORKER: _WRITE}
# What was found, asked, and by whom stays as it was written; only what the states change may change.
_PROBLEM_MOVES = (
    "state,outcome,outcome_text,proposed_by,proposed_at,handler_duty_id,handler_account,handler_name,handler_post,"
    "deadline,deadline_provisional,closed_by,closed_name,closed_post,closed_at"
)
_INQUIRY_MOVES = "state,remark,due,due_provisional"
_OFFICIAL_ONLY = Scope(region="region_id")
_WITH_ENTERPRISE = Scope(region="region_id", enterprise="enterprise_id")

TABLES = (
    # Counters of the yearly numbers: numbers run over the whole province, whatever rows one sees.
    Table("cases_counter", grants={Kind.STAFF: _WRITE, Kind.WORKER: _WRITE}),
    Table(
        "cases_problem",
        scope=_OFFICIAL_ONLY,
        grants=_OFFICIALS | {Kind.STAFF: f"SELECT INSERT UPDATE({_PROBLEM_MOVES})"},
    ),
    Table(
        "cases_problem_inquiry",
        scope=_OFFICIAL_ONLY,
        grants={Kind.STAFF: "SELECT INSERT", Kind.OVERSIGHT: _READ, Kind.WORKER: "SELECT INSERT"},
    ),
    Table(
        "cases_inquiry",
        scope=_WITH_ENTERPRISE,
        grants=_OFFICIALS
        | {
            Kind.STAFF: f"SELECT INSERT UPDATE({_INQUIRY_MOVES})",
            Kind.ENTERPRISE: "SELECT UPDATE(state,answered_at)",
        },
    ),
    Table(
        "cases_answer",
        scope=_WITH_ENTERPRISE,
        grants={
            Kind.STAFF: _READ,
            Kind.OVERSIGHT: _READ,
            Kind.ENTERPRISE: "SELECT INSERT",
            Kind.WORKER: "SELECT INSERT",
        },
    ),
)
