"""The catalogue of monitoring rules (规则目录)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from hengjian.kernel.access.scope import can
from hengjian.monitoring.selectors.rulebook import VERB, RuleRow, catalogue, rule_page
from hengjian.web.gate import needs
from hengjian.web.requests import HouseRequest


@require_GET
@login_required
@needs(VERB)
def rule_list(request: HouseRequest) -> HttpResponse:
    """Every rule by layer, and how it fares."""
    context = {
        "layers": _by_layer(catalogue(request.actor, request.today)),
        "scope_text": request.actor.post,
        "may_propose": can(request.actor, "monitoring.parameter.propose"),
    }
    return render(request, "monitoring/rule_list.html", context)


def _by_layer(rows: Iterable[RuleRow]) -> list[tuple[str, list[RuleRow]]]:
    return [(text, list(given)) for text, given in groupby(rows, key=lambda row: row.layer_text)]


@require_GET
@login_required
@needs(VERB)
def rule(request: HouseRequest, code: str) -> HttpResponse:
    """One rule in full."""
    page = rule_page(request.actor, code, request.today)
    return render(request, "monitoring/rule_detail.html", {"rule": page})
