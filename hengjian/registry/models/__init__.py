"""Tables of the registry: industries, enterprises with their sites and lines, limits, imports."""

from hengjian.registry.models.enterprise import Enterprise, EnterpriseName
from hengjian.registry.models.imports import ImportBatch, ImportRow
from hengjian.registry.models.industry import Industry, IndustryDesignation, Limit
from hengjian.registry.models.plan import OutputPlan
from hengjian.registry.models.site import (
    Line,
    Meter,
    OutputControl,
    Project,
    Site,
    SiteIndustry,
    SiteScoped,
    SiteSource,
)

__all__ = [
    "Enterprise",
    "EnterpriseName",
    "ImportBatch",
    "ImportRow",
    "Industry",
    "IndustryDesignation",
    "Limit",
    "Line",
    "Meter",
    "OutputControl",
    "OutputPlan",
    "Project",
    "Site",
    "SiteIndustry",
    "SiteScoped",
    "SiteSource",
]
