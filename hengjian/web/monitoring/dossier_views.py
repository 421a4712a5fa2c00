"""The data dossier of a site (数据档案)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hengjian.cases.selectors.problem import problems_of_site
from hengjian.monitoring.selectors.alerts import alerts_of_site
from hengjian.monitoring.selectors.chart import FIGURES
from hengjian.monitoring.selectors.dossier import VERB, WINDOWS, dossier
from hengjian.web.gate import needs
from hengjian.web.requests import HouseRequest


@require_GET
@login_required
@needs(VERB)
def site_dossier(request: HouseRequest, site_id: UUID) -> HttpResponse:
    """All sources of one site side by side."""
    days = request.GET.get("days", "")
    window = int(days) if days in {str(one) for one in WINDOWS} else WINDOWS[0]
    figure = request.GET.get("figure", "")
    found = dossier(request.actor, site_id, days=window, figure=figure, today=request.today)
    alerts = alerts_of_site(request.actor, site_id, request.today)
    problems = problems_of_site(request.actor, site_id, request.today)
    context: dict[str, Any] = {
        "dossier": found,
        "windows": [
            {
                "label": _("近 %(days)s 天") % {"days": one},
                "url": f"?days={one}&figure={found.figure}",
                "current": one == window,
            }
            for one in WINDOWS
        ],
        "figures": [
            {
                "label": _(label),
                "url": f"?days={window}&figure={name}",
                "current": name == found.figure,
            }
            for name, (label, _column, _unit) in FIGURES.items()
        ],
        "heat_text": "，".join(
            _("%(label)s %(count)s 天") % {"label": label, "count": count}
            for _state, label, count in found.heat_counts
        ),
        "alerts": [
            {"row": row, "url": reverse("monitoring:alert_detail", args=[row.id])} for row in alerts
        ],
        "problems": [
            {"row": row, "url": reverse("cases:problem_detail", args=[row.id])} for row in problems
        ],
        "site_url": reverse("registry:site_detail", args=[site_id]),
    }
    return render(request, "monitoring/dossier.html", context)
