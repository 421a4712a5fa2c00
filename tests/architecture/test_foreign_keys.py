"""What imports cannot show: foreign keys point to the same or a lower floor, and nothing is generic."""

from __future__ import annotations

from django.apps import apps
from django.contrib.contenttypes.fields import GenericForeignKey
from django.db import models

FLOORS = (
    "regions",
    "audit",
    "access",
    "people",
    "files",
    "jobs",
    "registry",
    "measures",
    "cases",
    "monitoring",
)


def test_foreign_keys_point_downstairs() -> None:
    wrong = []
    for model in apps.get_models():
        label = model._meta.app_label
        if label not in FLOORS:
            continue
        for field in model._meta.get_fields():
            target = field.related_model if isinstance(field, models.ForeignKey) else None
            if (target is not None and target._meta.app_label in FLOORS) and FLOORS.index(
                target._meta.app_label
            ) > FLOORS.index(label):
                wrong.append(f"{model._meta.label}.{field.name} -> {target._meta.label}")
    assert wrong == []


def test_nothing_is_generic() -> None:
    found = [
        f"{m._meta.label}.{f.name}"
        for m in apps.get_models()
        if m._meta.app_label in FLOORS
        for f in m._meta.private_fields
        if isinstance(f, GenericForeignKey)
    ]
    assert found == []
