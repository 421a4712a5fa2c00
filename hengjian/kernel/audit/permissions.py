"""Who writes and reads history: everyone appends, nobody changes; readers see their regions, auditors all."""

from hengjian.kernel.database.declare import Kind, Scope, Table

_WRITERS = (
    Kind.ANONYMOUS,
    Kind.STAFF,
    Kind.RESIDENT,
    Kind.ENTERPRISE,
    Kind.INVITEE,
    Kind.OVERSIGHT,
    Kind.ADMIN,
    Kind.AUDITOR,
    Kind.SENDER,
)

TABLES = (
    Table(
        "audit_entry",
        scope=Scope(region="region"),
        grants={
            **dict.fromkeys(_WRITERS, "INSERT"),
            Kind.STAFF: "SELECT INSERT",
            Kind.OVERSIGHT: "SELECT INSERT",
            Kind.AUDITOR: "SELECT INSERT",
            Kind.WORKER: "SELECT INSERT",
        },
        insert_any=_WRITERS,
        every_row=(Kind.AUDITOR, Kind.WORKER),
    ),
)
