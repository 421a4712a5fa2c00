"""Tables of monitoring: runs, what they found day by day, alerts, and the latest verdicts."""

from hengjian.monitoring.models.alert import Alert
from hengjian.monitoring.models.run import Hit, Run, Verdict

__all__ = ["Alert", "Hit", "Run", "Verdict"]
