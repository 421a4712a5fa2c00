"""A meter's file as people see it: counts, sums, faults, progress and receipt."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.text import N_, number
from hengjian.measures.meter_reference import meter_layouts
from hengjian.measures.selectors.readings import find_batch
from hengjian.web.errors import sentence

if TYPE_CHECKING:
    from hengjian.measures.models import ReadingBatch

STATES = {
    "preview": N_("待确认"),
    "queued": N_("排队中"),
    "running": N_("导入中"),
    "done": N_("已导入"),
    "failed": N_("未能导入"),
}
SUMS = {
    "active_kwh": (N_("有功电量"), "kWh"),
    "lagging_kvarh": (N_("感性无功"), "kvarh"),
    "leading_kvarh": (N_("容性无功"), "kvarh"),
    "co2_t": (N_("二氧化碳"), "t"),
}
COUNTS = (
    ("stated", N_("文件行数"), N_("行")),
    ("rows", N_("可用读数"), N_("条")),
    ("days", N_("生产日"), N_("天")),
    ("complete_days", N_("完整生产日"), N_("天")),
    ("missing", N_("缺时段"), N_("个")),
    ("unmeasured", N_("非正常标记"), N_("条")),
    ("repeated", N_("重复行"), N_("行")),
    ("out_of_order", N_("次序颠倒"), N_("处")),
    ("events", N_("示数事件"), N_("件")),
    ("blank", N_("空行"), N_("行")),
)


def batch_row(batch: ReadingBatch) -> dict[str, Any]:
    """One line of the list of files."""
    return {
        "url": reverse("measures:meter_batch", args=[batch.pk]),
        "name": batch.name,
        "meter": batch.meter.code,
        "at": f"{localtime(batch.created_at):%Y-%m-%d %H:%M}",
        "who": batch.account_name,
        "state": _(STATES[batch.state]),
        "done": batch.state == "done",
        "created": number(batch.created),
        "corrected": number(batch.corrected),
        "unchanged": number(batch.unchanged),
    }


def batch_context(actor: Actor, batch_id: UUID) -> dict[str, Any]:
    """The page of one file; ``waiting``: the page asks again."""
    batch = find_batch(actor, batch_id)
    state, said = batch.state, batch.summary
    left = batch.fault_count - len(batch.faults)
    at = {"preview": 1, "done": 3}.get(state, 2)
    return {
        "batch": batch,
        "row": batch_row(batch),
        "layout": next((_(x.title) for x in meter_layouts() if x.code == batch.layout), ""),
        "steps": _steps(at),
        "counts": [
            {"label": _(label), "value": number(said[key]), "unit": _(unit)}
            for key, label, unit in COUNTS
            if said.get(key) or key in {"stated", "rows", "days", "complete_days", "missing"}
        ],
        "sums": [
            {"label": _(label), "value": number(Decimal(said["sums"][key])), "unit": unit}
            for key, (label, unit) in SUMS.items()
            if key in said.get("sums", {})
        ],
        "first": said.get("first", ""),
        "last": said.get("last", ""),
        "faults": [
            {"row": f["row"], "column": f["column"], "text": sentence(f["message"], f["data"])}
            for f in batch.faults
        ],
        "faults_more": _("另有 %(count)s 处错误") % {"count": left} if left > 0 else "",
        "may_take": state == "preview" and not batch.fault_count and said.get("rows"),
        "waiting": state in {"queued", "running"} or (state == "done" and batch.progress < 100),
        "failed": said.get("error", ""),
        "done": state == "done" and batch.progress == 100,
        "without_factor": said.get("without_factor", 0),
        "site_url": reverse("measures:meters", args=[batch.site_id]),
        "upload_url": reverse("measures:meter_upload", args=[batch.site_id]),
    }


def _steps(at: int) -> list[dict[str, Any]]:
    labels = (_("选择文件"), _("核对"), _("入库"))
    states = ["ok" if n < at else "cur" if n == at else "todo" for n in range(3)]
    return [{"label": label, "state": state} for label, state in zip(labels, states, strict=True)]
