"""The detectors: one rule a file, named <CODE>_<what>.py, found by walking this package."""

import importlib
import inspect
import pkgutil
import re
from functools import cache
from types import MappingProxyType, ModuleType

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.detector import Detector, Rule
from hengjian.monitoring.detectors.panel_detector import PanelDetector

MODULE = re.compile(r"([A-Z]\d{3})_[a-z0-9_]+")
SECTIONS = (N_("依据"), N_("异常"), N_("正常"))
METADATA = ("code", "title", "severity", "legal_basis", "parameters", "template")


class IncompleteDetectorError(TypeError):
    """A detector that people could not check: no docstring, no legal basis, no parameters, no code."""


@cache
def rules() -> MappingProxyType[str, Rule]:
    """Every rule by code, in order of the codes.

    Raises:
        IncompleteDetectorError: one of them lacks what a reader needs to check it.
    """
    return MappingProxyType(_all())


@cache
def detectors() -> MappingProxyType[str, Detector]:
    """The rules that judge daily facts; same order and errors."""
    return MappingProxyType({c: d for c, d in _all().items() if isinstance(d, Detector)})


@cache
def panel_detectors() -> MappingProxyType[str, PanelDetector]:
    """The rules over panels of periods; same order and errors."""
    return MappingProxyType({c: d for c, d in _all().items() if isinstance(d, PanelDetector)})


@cache
def _all() -> dict[str, Rule]:
    found: dict[str, Rule] = {}
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        name = module.name.rpartition(".")[2]
        if match := MODULE.fullmatch(name):
            detector = _only_detector(importlib.import_module(module.name))
            refuse_incomplete(detector)
            if detector.code != match[1] or detector.code in found:
                raise IncompleteDetectorError(f"{module.name}: code {detector.code}")
            found[detector.code] = detector
    return dict(sorted(found.items()))


def refuse_incomplete(detector: Rule) -> None:
    """Raise IncompleteDetectorError unless the docstring has its sections and no metadata is empty."""
    text = type(detector).__doc__ or ""
    missing = [section for section in SECTIONS if f"{section}：" not in text]
    missing += [name for name in METADATA if not getattr(detector, name, None)]
    if missing:
        raise IncompleteDetectorError(f"{type(detector).__name__} lacks {', '.join(missing)}")


def _only_detector(module: ModuleType) -> Rule:
    own = [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, Rule)
        and value.__module__ == module.__name__
    ]
    if len(own) != 1:
        raise IncompleteDetectorError(f"{module.__name__}: {len(own)} detectors, not one")
    detector: Rule = own[0]()
    return detector
