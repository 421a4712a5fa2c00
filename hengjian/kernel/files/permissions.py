"""Files are reached through the object they belong to; the table itself holds no figures.

A row carries the scope of its object. A caller who must keep a file from the enterprise (evidence of a
case, another source's report) leaves ``enterprise`` empty, from the resident supervisor ``resident_site``.
"""

from hengjian.kernel.access.declare import ENTERPRISE, OFFICIALS, Role, Verb
from hengjian.kernel.database.declare import Kind, Scope, Table
from hengjian.kernel.text import N_

SENDERS = OFFICIALS | ENTERPRISE | {Role.RESIDENT_SUPERVISOR}

VERBS = (
    Verb("files.file.view", N_("查看附件"), SENDERS | {Role.OVERSIGHT}, platform=True),
    Verb("files.file.store", N_("上传附件"), SENDERS, platform=True),
)

TABLES = (
    Table(
        "files_file",
        scope=Scope(region="region_id", enterprise="enterprise", site="resident_site"),
        grants={
            Kind.STAFF: "SELECT INSERT",
            Kind.RESIDENT: "SELECT INSERT",
            Kind.ENTERPRISE: "SELECT INSERT",
            Kind.OVERSIGHT: "SELECT",
            Kind.WORKER: "SELECT INSERT",
        },
    ),
)
