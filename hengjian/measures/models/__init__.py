"""Tables of measures: factors, reports as received, batches, drafts, obligations, reminders, corrections."""

from hengjian.measures.models.batch import Batch, RefusedRow
from hengjian.measures.models.correction import Correction
from hengjian.measures.models.factor import Factor, FactorSet
from hengjian.measures.models.obligation import Obligation, Reminder
from hengjian.measures.models.reading import DayStart, MeterEvent, Reading, ReadingBatch
from hengjian.measures.models.report import Draft, Report

__all__ = [
    "Batch",
    "Correction",
    "DayStart",
    "Draft",
    "Factor",
    "FactorSet",
    "MeterEvent",
    "Obligation",
    "Reading",
    "ReadingBatch",
    "RefusedRow",
    "Reminder",
    "Report",
]
