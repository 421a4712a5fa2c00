"""Jobs are rows of the acting transaction: everyone may queue one, only the worker takes and ends them."""

from hengjian.kernel.database.declare import Kind, Table

_ALL = {Kind.WORKER: "SELECT INSERT UPDATE DELETE"}

TABLES = (
    Table("procrastinate_jobs", grants=_ALL, everyone="SELECT INSERT"),
    Table("procrastinate_events", grants=_ALL, everyone="SELECT INSERT"),
    Table("procrastinate_periodic_defers", grants=_ALL, everyone="SELECT INSERT UPDATE"),
    Table("procrastinate_workers", grants=_ALL, everyone="SELECT"),
)
