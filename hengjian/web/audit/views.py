"""The history that the reader's scope shows, refused attempts included."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hengjian.kernel.access.history import entries
from hengjian.web.forms import page_number
from hengjian.web.requests import HouseRequest


@require_GET
@login_required
def entry_list(request: HouseRequest) -> HttpResponse:
    """Newest first."""
    query = request.GET
    page = entries(
        request.actor,
        text=query.get("q", "").strip(),
        refused=query.get("refused", ""),
        page=page_number(query),
    )
    filters = [
        {
            "name": "q",
            "label": _("查找"),
            "kind": "search",
            "value": query.get("q", ""),
            "placeholder": _("姓名、操作或对象"),
        },
        {
            "name": "refused",
            "label": _("结果"),
            "kind": "select",
            "value": query.get("refused", ""),
            "options": [("1", _("被拒绝")), ("0", _("已执行"))],
        },
    ]
    context = {"page": page, "filters": filters, "scope_text": request.actor.post}
    return render(
        request, "audit/_entry_rows.html" if request.htmx else "audit/entry_list.html", context
    )
