"""For whom a sender's system may deliver, from what an official typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from django.db.models import Q

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.senders import Reach
from hengjian.kernel.errors import FieldError, ValidationFailed
from hengjian.kernel.regions.models import Region
from hengjian.kernel.text import N_
from hengjian.registry.models import Enterprise, Site

T = TypeVar("T")


def find_reach(actor: Actor, kind: str, lines: Sequence[str]) -> tuple[Reach, int]:
    """The reach and the region under which batches are filed; each line names one thing.

    ``kind``: ``regions`` (codes or names), ``enterprise`` (credit code or full name) or ``sites`` (ids or full names).

    Raises:
        ValidationFailed: naming each line that names nothing, or more than one thing, within the actor's scope.
    """
    texts = [line.strip() for line in lines if line.strip()]
    if not texts or any("\x00" in text for text in texts):
        raise ValidationFailed([FieldError("reach", N_("请填写报送范围，每行一个"))])
    if kind == "regions":
        codes = [_one(text, _regions(actor, text)) for text in texts]
        return Reach(regions=tuple(codes)), _common(codes)
    if kind == "enterprise" and len(texts) == 1:
        enterprises = {e.pk: e.seat_id for e in _enterprises(actor, texts[0])}
        found = _one(texts[0], list(enterprises))
        return Reach(enterprise=found), enterprises[found]
    if kind == "sites":
        sites = {text: {s.pk: s.region_id for s in _sites(actor, text)} for text in texts}
        ids = [_one(text, list(found)) for text, found in sites.items()]
        return Reach(sites=tuple(ids)), _common(
            [c for found in sites.values() for c in found.values()]
        )
    raise ValidationFailed([FieldError("reach", N_("报送范围请在地区、企业、厂区中选择一种"))])


def _regions(actor: Actor, text: str) -> list[int]:
    wanted = (
        Q(code=int(text)) if text.isascii() and text.isdigit() and len(text) == 6 else Q(name=text)
    )
    return list(
        Region.objects.filter(wanted, code__in=actor.regions).values_list("code", flat=True)
    )


def _enterprises(actor: Actor, text: str) -> list[Enterprise]:
    rows = Enterprise.objects.visible_to(actor).filter(Q(credit_code=text) | Q(name=text))
    return list(rows[:2])


def _sites(actor: Actor, text: str) -> list[Site]:
    try:
        wanted = Q(id=UUID(text))
    except ValueError:
        wanted = Q(name=text)
    return list(Site.objects.visible_to(actor).filter(wanted)[:2])


def _one(text: str, found: list[T]) -> T:
    if len(found) == 1:
        return found[0]
    message = N_("没有找到：{text}") if not found else N_("不止一个，请写编号：{text}")
    raise ValidationFailed([FieldError("reach", message, data={"text": text[:60]})])


def _common(codes: Sequence[int]) -> int:
    """The one region, else the city or the province that holds all."""
    for step in (1, 100, 10000):
        if len(tops := {code // step * step for code in codes}) == 1:
            return tops.pop()
    return codes[0] // 10000 * 10000
