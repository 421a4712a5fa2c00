"""Tables of monitoring: runs, what they found day by day, alerts, scores, and the latest verdicts."""

from hengjian.monitoring.models.alert import Alert
from hengjian.monitoring.models.run import Hit, Run, Verdict
from hengjian.monitoring.models.score import Score

__all__ = ["Alert", "Hit", "Run", "Score", "Verdict"]
