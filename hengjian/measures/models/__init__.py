"""Tables of measures: factors, reports as received, drafts."""

from hengjian.measures.models.factor import Factor, FactorSet
from hengjian.measures.models.report import Draft, Report

__all__ = ["Draft", "Factor", "FactorSet", "Report"]
