"""Files are reached through the object they belong to; the table itself holds no figures."""

from hengjian.kernel.database.declare import Kind, Scope, Table

TABLES = (
    Table(
        "files_file",
        scope=Scope(region="region_id", enterprise="enterprise", site="site"),
        grants={
            Kind.STAFF: "SELECT INSERT",
            Kind.RESIDENT: "SELECT INSERT",
            Kind.ENTERPRISE: "SELECT INSERT",
            Kind.OVERSIGHT: "SELECT",
            Kind.WORKER: "SELECT INSERT",
        },
    ),
)
