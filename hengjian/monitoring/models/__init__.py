"""Tables of monitoring: runs, what they found day by day, alerts, scores, verdicts, and parameters changed."""

from hengjian.monitoring.models.alert import Alert
from hengjian.monitoring.models.parameter import ParameterChange, PreviewAlert
from hengjian.monitoring.models.peers import PeerFigure, PeerSpread
from hengjian.monitoring.models.run import Hit, Run, Verdict
from hengjian.monitoring.models.score import Score

__all__ = [
    "Alert",
    "Hit",
    "ParameterChange",
    "PeerFigure",
    "PeerSpread",
    "PreviewAlert",
    "Run",
    "Score",
    "Verdict",
]
