"""Reads about posts and their holders, with vacancies (G1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.declare import ROLES, Role
from hengjian.kernel.access.scope import can, fetch, require
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.errors import NotPermitted
from hengjian.kernel.people.models import Person, Post, Term
from hengjian.kernel.people.rules import may_fill
from hengjian.kernel.text import N_

PAGE = 50
SORTS = {"organ": "organ__name", "title": "title", "person": "person_name"}


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post as the list shows it; texts are ready."""

    id: UUID
    organ: str
    title: str
    role: str
    scope: str
    person: str
    since: str
    until: str
    account: str
    state: str
    state_text: str


def _held(today: date) -> Q:
    return Q(valid_from__lte=today) & (Q(valid_to=None) | Q(valid_to__gte=today))


def post_page(
    actor: Actor,
    *,
    today: date,
    text: str = "",
    role: str = "",
    vacant: bool = False,
    sort: str = "",
    page: int = 1,
) -> Page[PostRow]:
    """One page of the posts in the actor's scope with today's holder; a constant number of queries."""
    require(actor, "people.post.view")
    held = Term.objects.filter(_held(today), post=OuterRef("pk"), substitute=False)
    rows = (
        Post.objects.visible_to(actor)
        .filter(closed_on=None)
        .select_related("organ", "region")
        .annotate(
            person_name=Subquery(held.values("person__name")[:1]),
            since=Subquery(held.values("valid_from")[:1]),
            until=Subquery(held.values("valid_to")[:1]),
            username=Subquery(held.values("person__account__username")[:1]),
        )
    )
    if text:
        rows = rows.filter(
            Q(title__icontains=text)
            | Q(organ__name__icontains=text)
            | Q(person_name__icontains=text)
        )
    if role:
        rows = rows.filter(role=role)
    if vacant:
        rows = rows.filter(~Exists(held))
    field = SORTS.get(sort.lstrip("-"), "region_id")
    order = (
        F(field).desc(nulls_last=True) if sort.startswith("-") else F(field).asc(nulls_last=True)
    )
    found: Page[Any] = Paginator(rows.order_by(order, "organ__name", "title", "id"), PAGE).get_page(
        page
    )
    found.object_list = [_row(p) for p in found.object_list]
    return found


def _row(post: Post) -> PostRow:
    person = getattr(post, "person_name", None) or ""
    since, until = getattr(post, "since", None), getattr(post, "until", None)
    return PostRow(
        id=post.pk,
        organ=post.organ.name,
        title=post.title,
        role=_(ROLES[Role(post.role)].label),
        scope=post.region.name,
        person=person,
        since=since.isoformat() if since else "",
        until=until.isoformat() if until else "",
        account=getattr(post, "username", None) or "",
        state="plain" if person else "orange",
        state_text=_("在岗") if person else _("空缺"),
    )


def vacancies(actor: Actor, today: date) -> int:
    """How many posts in scope nobody holds today; a substitute fills no post, as in the list."""
    held = Term.objects.filter(_held(today), post=OuterRef("pk"), substitute=False)
    return Post.objects.visible_to(actor).filter(~Exists(held), closed_on=None).count()


@dataclass(frozen=True, slots=True)
class TermRow:
    """A term of a post."""

    id: UUID
    person: str
    since: str
    until: str
    substitute: bool
    basis: str
    current: bool


def post_detail(actor: Actor, post_id: UUID, today: date) -> tuple[Post, Sequence[TermRow]]:
    """A post and all its terms, newest first."""
    post = fetch(
        Post.objects.select_related("organ", "region"), actor, "people.post.view", pk=post_id
    )
    terms = (
        Term.objects.visible_to(actor)
        .filter(post=post)
        .select_related("person")
        .order_by("-valid_from", "id")
    )
    return post, [
        TermRow(
            id=t.pk,
            person=t.person.name,
            since=t.valid_from.isoformat(),
            until=t.valid_to.isoformat() if t.valid_to else "",
            substitute=t.substitute,
            basis=t.basis,
            current=t.valid_from <= today and (t.valid_to is None or t.valid_to >= today),
        )
        for t in terms
    ]


def people_to_appoint(actor: Actor, post: Post) -> list[tuple[str, str]]:
    """(id, name) of the people whom the actor may put into ``post``: of its house, in his scope, not himself."""
    if not may_appoint(actor, post):
        return []
    rows = (
        Person.objects.visible_to(actor)
        .filter(enterprise=post.enterprise)
        .exclude(account_id=actor.account_id or 0)
        .select_related("region")
        .order_by("name")[:500]
    )
    return [(str(p.pk), f"{p.name}（{p.region.name}）") for p in rows]


def role_choices() -> list[tuple[str, str]]:
    """Roles for the filter."""
    return [(r.value, _(s.label)) for r, s in ROLES.items()]


def may_appoint(actor: Actor, post: Post) -> bool:
    """Whether to offer the forms at all."""
    return can(actor, "people.term.appoint") and may_fill(actor.role, Role(post.role))


def find_post(actor: Actor, post_id: UUID) -> Post:
    """The post to appoint to, or NotPermitted / NotVisible."""
    verb = "people.term.appoint"
    post = fetch(Post.objects.all(), actor, verb, pk=post_id)
    require_filling(actor, post, verb)
    return post


def require_filling(actor: Actor, post: Post, verb: str) -> None:
    """NotPermitted unless the post is the actor's to fill; the platform fills any (demo, first start)."""
    if actor.kind is not Kind.WORKER and not may_fill(actor.role, Role(post.role)):
        raise NotPermitted(
            N_("该岗位的人员不由您的岗位任免"), subject=f"people.post:{post.pk}", verb=verb
        )


def require_ending(actor: Actor, term: Term) -> None:
    """As for filling; one's own term one may always end (resign)."""
    if term.duty is None or term.duty.account_id != actor.account_id:
        require_filling(actor, term.post, "people.term.end")


def find_person(actor: Actor, person_id: str) -> Person:
    """The person to appoint."""
    return fetch(
        Person.objects.select_related("account"), actor, "people.term.appoint", pk=person_id
    )


def find_term(actor: Actor, term_id: UUID) -> Term:
    """The term to end, or NotPermitted / NotVisible."""
    terms = Term.objects.select_related("duty", "post")
    term = fetch(terms, actor, "people.term.end", pk=term_id)
    require_ending(actor, term)
    return term
