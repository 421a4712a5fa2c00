"""Imports: the list of batches, and one batch with what is wrong, what is likely the same, and a sample."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import can, fetch, require
from hengjian.kernel.text import MISSING, number
from hengjian.registry.models import ImportBatch, ImportRow, Site
from hengjian.registry.reference import shipped_layouts

SHOWN = 200
SAMPLE = 10
_SAMPLE_FIELDS = (
    "source_id",
    "name",
    "enterprise",
    "industry",
    "capacity",
    "capacity_unit",
    "status",
)


@dataclass(frozen=True, slots=True)
class BatchPage:
    """One batch, ready to show."""

    id: UUID
    state: str
    file: dict[str, str]
    summary: list[dict[str, Any]]
    errors: list[dict[str, Any]]
    errors_more: str
    matches: list[dict[str, Any]]
    matches_more: str
    undecided: int
    columns: list[str]
    sample: list[list[str]]
    may_commit: bool
    result_text: str


def batches(actor: Actor) -> list[dict[str, Any]]:
    """The latest batches within the scope."""
    require(actor, "registry.import.view")
    zone = ZoneInfo(settings.TIME_ZONE)
    return [
        {
            "id": row.pk,
            "name": row.file_name,
            "source": row.source,
            "state": row.get_state_display(),
            "done": row.state == ImportBatch.State.APPLIED,
            "at": f"{row.created_at.astimezone(zone):%Y-%m-%d %H:%M}",
            "digest": row.sha256[:12],
            "created": number(row.created_sites),
            "updated": number(row.updated_sites),
            "unchanged": number(row.unchanged_sites),
        }
        for row in ImportBatch.objects.visible_to(actor).order_by("-created_at")[:50]
    ]


def batch_page(actor: Actor, batch_id: UUID) -> BatchPage:
    """One batch. Raises NotVisible."""
    batch = fetch(ImportBatch.objects.all(), actor, "registry.import.view", pk=batch_id)
    rows = ImportRow.objects.visible_to(actor).filter(batch=batch)
    counts = rows.aggregate(
        total=Count("pk"),
        faulty=Count("pk", filter=~Q(faults=[]) & ~Q(decision="skip")),
        new=Count("pk", filter=Q(decision="new")),
        registered=Count("pk", filter=Q(known=True)),
        merged=Count("pk", filter=Q(decision="same", known=False)),
        undecided=Count("pk", filter=Q(decision="")),
        skipped=Count("pk", filter=Q(decision="skip")),
    )
    faulty = rows.exclude(faults=[]).exclude(decision="skip")
    errors = [_error(row, fault) for row in faulty[:SHOWN] for fault in row.faults]
    likely = rows.filter(candidate_site__isnull=False, known=False)
    shown = list(likely.order_by("-candidate_score", "number")[:SHOWN])
    open_ = batch.state == ImportBatch.State.PREVIEW
    return BatchPage(
        id=batch.pk,
        state=batch.state,
        file={
            "name": batch.file_name,
            "size": _("%(total)s 行") % {"total": number(counts["total"])},
            "digest": batch.sha256[:16],
        },
        summary=_summary(batch, counts),
        errors=errors[:SHOWN],
        errors_more=_more(counts["faulty"], SHOWN),
        matches=_matches(actor, shown),
        matches_more=_more(likely.count(), SHOWN),
        undecided=counts["undecided"],
        columns=_heads(batch.layout),
        sample=[[_cell(row, field) for field in _SAMPLE_FIELDS] for row in rows[:SAMPLE]],
        may_commit=open_
        and not counts["faulty"]
        and not counts["undecided"]
        and can(actor, "registry.import.run", batch),
        result_text=_result(batch),
    )


def _summary(batch: ImportBatch, counts: dict[str, int]) -> list[dict[str, Any]]:
    if batch.state == ImportBatch.State.APPLIED:
        shown = [
            (_("新建"), batch.created_sites),
            (_("更新"), batch.updated_sites),
            (_("没有变化"), batch.unchanged_sites),
            (_("跳过"), batch.skipped_rows),
        ]
        return [{"label": label, "value": number(n), "unit": _("家")} for label, n in shown]
    shown = [
        (_("新建"), counts["new"]),
        (_("已登记"), counts["registered"]),
        (_("并入"), counts["merged"]),
        (_("待决定"), counts["undecided"]),
        (_("跳过"), counts["skipped"]),
        (_("错误行"), counts["faulty"]),
    ]
    return [{"label": label, "value": number(n), "unit": _("行")} for label, n in shown]


def _result(batch: ImportBatch) -> str:
    if batch.state == ImportBatch.State.CANCELLED:
        return _("本次导入已取消，台账没有变化。")
    if batch.state == ImportBatch.State.PREVIEW or batch.applied_at is None:
        return ""
    at = batch.applied_at.astimezone(ZoneInfo(settings.TIME_ZONE))
    text = _("该文件已于 %(at)s 导入：新建 %(new)s 家，更新 %(changed)s 家，没有变化 %(same)s 家。")
    return text % {
        "at": f"{at:%Y-%m-%d %H:%M}",
        "new": batch.created_sites,
        "changed": batch.updated_sites,
        "same": batch.unchanged_sites,
    }


def _error(row: ImportRow, fault: dict[str, Any]) -> dict[str, Any]:
    return {
        "row": row.number,
        "column": fault["column"],
        "value": fault["value"],
        "text": _(fault["message"]).format(**fault["data"]),
    }


def _matches(actor: Actor, rows: Iterable[ImportRow]) -> list[dict[str, Any]]:
    listed = list(rows)
    keys = {UUID(candidate["site"]) for row in listed for candidate in row.candidates}
    found = Site.objects.visible_to(actor).filter(pk__in=keys)
    sites = {s.pk: s for s in found.select_related("enterprise", "region__city")}
    shown = []
    for row in listed:
        site = sites.get(row.candidate_site) if row.candidate_site else None
        if site is None:
            continue
        shown.append(
            {
                "key": f"row-{row.pk}",
                "row": row.number,
                "name": row.values["name"],
                "city": row.values.get("parent", ""),
                "candidate": site.name,
                "candidate_code": site.enterprise.credit_code or site.name_en,
                "candidate_region": site.region.name,
                "score": f"{row.candidate_score:.2f}"
                if row.candidate_score is not None
                else MISSING,
                "reason": _("；").join(_reason(reason) for reason in row.candidate_reasons),
                "options": [
                    {
                        "value": f"same:{other.pk}",
                        "label": _("并入“%(name)s”（%(score)s）")
                        % {"name": other.name, "score": candidate["score"]},
                        "chosen": row.decision == ImportRow.Decision.SAME and other == site,
                    }
                    for candidate in row.candidates
                    if (other := sites.get(UUID(candidate["site"]))) is not None
                ],
                "value": row.decision,
            }
        )
    return shown


def _reason(reason: dict[str, Any]) -> str:
    text = _(reason["message"]).format(**reason["data"])
    return text if reason["for"] else _("（存疑）%(text)s") % {"text": text}


def _heads(code: str) -> list[str]:
    heads = {
        c.field: c.head or c.fixed
        for layout in shipped_layouts()
        if layout.code == code
        for c in layout.columns
    }
    return [heads.get(field) or MISSING for field in _SAMPLE_FIELDS]


def _cell(row: ImportRow, field: str) -> str:
    return str(row.values.get(field) or MISSING)


def _more(total: int, shown: int) -> str:
    if total <= shown:
        return ""
    return _("共 %(total)s 行，此处列出前 %(shown)s 行") % {"total": total, "shown": shown}


def template_heads() -> tuple[list[str], list[list[str]]]:
    """Heads of the platform's template and one line that explains each column by example."""
    layout = shipped_layouts()[0]
    required = {c.head for c in layout.columns if c.required}
    meanings = {
        column.head: _("、").join(
            given for (field, given) in layout.values if field == column.field and given
        )
        for column in layout.columns
    }
    notes = [
        [head, _("必填") if head in required else _("选填"), meanings.get(head, "")]
        for head in layout.heads
    ]
    return list(layout.heads), notes
