"""Posts and people (S1): list with vacancies, one post with its terms, appointing and ending."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hengjian.kernel.access.history import timeline
from hengjian.kernel.people import selectors
from hengjian.kernel.people.selectors import find_person, find_post, find_term
from hengjian.kernel.people.services import appoint, end_term
from hengjian.web.forms import page_number, parsed
from hengjian.web.people.forms import AppointForm, EndForm
from hengjian.web.requests import HouseRequest


@require_GET
@login_required
def post_list(request: HouseRequest) -> HttpResponse:
    """Posts in my scope; vacancies first on demand."""
    query = request.GET
    page = selectors.post_page(
        request.actor,
        today=request.today,
        text=query.get("q", "").strip(),
        role=query.get("role", ""),
        vacant=query.get("state") == "vacant",
        sort=query.get("sort", ""),
        page=page_number(query),
    )
    context = {"page": page, "filters": _filters(query), "scope_text": request.actor.post}
    return render(
        request, "people/_post_rows.html" if request.htmx else "people/post_list.html", context
    )


def _filters(query: object) -> list[dict[str, object]]:
    get = query.get  # type: ignore[attr-defined]  # a QueryDict
    return [
        {
            "name": "q",
            "label": _("查找"),
            "kind": "search",
            "value": get("q", ""),
            "placeholder": _("单位、岗位或姓名"),
        },
        {
            "name": "role",
            "label": _("职责"),
            "kind": "select",
            "value": get("role", ""),
            "options": selectors.role_choices(),
        },
        {
            "name": "state",
            "label": _("状态"),
            "kind": "select",
            "value": get("state", ""),
            "options": [("vacant", _("空缺"))],
        },
    ]


@require_GET
@login_required
def post_detail(request: HouseRequest, post_id: UUID) -> HttpResponse:
    """One post: holder, former holders, history, and the forms of those who may appoint."""
    post, terms = selectors.post_detail(request.actor, post_id, request.today)
    context = {
        "post": post,
        "facts": [
            {"label": _("单位"), "value": post.organ.name},
            {"label": _("职责"), "value": post.get_role_display()},
            {"label": _("范围"), "value": post.region.name},
        ],
        "terms": terms,
        "events": timeline(request.actor, [f"people.post:{post.pk}"], request.today),
        "appoint_form": AppointForm(
            people=selectors.people_to_appoint(request.actor, post),
            initial={"valid_from": request.today},
        )
        if selectors.may_appoint(request.actor, post)
        else None,
        "end_form": EndForm(initial={"last_day": request.today})
        if selectors.may_appoint(request.actor, post)
        else None,
    }
    return render(request, "people/post_detail.html", context)


@require_POST
@login_required
def appoint_person(request: HouseRequest, post_id: UUID) -> HttpResponse:
    """Put a person into the post."""
    post = find_post(request.actor, post_id)
    form = parsed(
        AppointForm(request.POST, people=selectors.people_to_appoint(request.actor, post))
    )
    appoint(
        actor=request.actor,
        person=find_person(request.actor, form["person"]),
        post=post,
        valid_from=form["valid_from"],
        valid_to=form["valid_to"],
        substitute=form["substitute"],
        basis=form["basis"],
        now=request.now,
    )
    messages.success(request, _("已任命"))
    return HttpResponseRedirect(reverse("people:post_detail", args=[post_id]))


@require_POST
@login_required
def end_the_term(request: HouseRequest, term_id: UUID) -> HttpResponse:
    """End a term, with the reason."""
    term = find_term(request.actor, term_id)
    form = parsed(EndForm(request.POST))
    end_term(
        actor=request.actor,
        term=term,
        last_day=form["last_day"],
        reason=form["reason"],
        now=request.now,
    )
    messages.success(request, _("任期已结束"))
    return HttpResponseRedirect(reverse("people:post_detail", args=[term.post_id]))
