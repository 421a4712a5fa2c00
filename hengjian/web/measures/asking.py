"""Whether the page of a form corrects directly or applies for a correction (更正申请)."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from hengjian.measures.deadline_table import deadlines_of, window_of
from hengjian.measures.rules.deadlines import approval_for
from hengjian.measures.selectors.corrections import pending_of
from hengjian.measures.selectors.forms import FormPage
from hengjian.measures.states import Approval
from hengjian.web.requests import HouseRequest


def asking(request: HouseRequest, page: FormPage) -> dict[str, Any]:
    """Where the typed values go when a correction needs leave: {url, text, pending}; empty when it does not."""
    if not page.is_correction:
        return {}
    state = window_of(page.form, page.day, now=request.now, today=request.today)
    level = approval_for(state)
    if level is Approval.NONE:
        return {}
    moments = deadlines_of(page.form, page.day)
    locked = level is Approval.PROVINCE
    at = f"{localtime(moments.lock if locked else moments.cut_off):%Y-%m-%d %H:%M}"
    text = (
        _(
            "本期已于 %(at)s 锁账，更正须经省级主管部门批准；批准后自动成为新一版，所填内容随申请送出。"
        )
        if locked
        else _(
            "本期已于 %(at)s 截报，更正须经县级或市级主管部门批准；批准后自动成为新一版，所填内容随申请送出。"
        )
    )
    pending = pending_of(request.actor, page.site_id, page.form, page.day)
    return {
        "url": reverse(
            "measures:correction_ask", args=[page.site_id, page.form.value, page.day.isoformat()]
        ),
        "text": text % {"at": at},
        "pending": reverse("measures:correction", args=[pending]) if pending else "",
    }
