"""Making organs and posts, appointing people to them, and ending terms (S1)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.declare import ROLES, Role
from hengjian.kernel.access.models import Account, Duty
from hengjian.kernel.access.scope import require
from hengjian.kernel.access.services import end_duty, give_duty
from hengjian.kernel.audit.services import record
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.errors import FieldError, NotPermitted, ValidationFailed
from hengjian.kernel.people.models import Organ, Person, Post, Term
from hengjian.kernel.people.selectors import require_ending, require_filling
from hengjian.kernel.text import N_

# These reach nothing by their post alone: a campaign or an invitation gives them dated reach.
_REACH_BY_INVITATION = frozenset({Role.GROUP_LEADER, Role.GROUP_MEMBER})
_ONE_NAME = "people_organ_once"


@transaction.atomic
def create_organ(
    *,
    actor: Actor,
    name: str,
    department: str,
    region: int,
    now: datetime,
    enterprise: UUID | None = None,
    site: UUID | None = None,
) -> Organ:
    """Register an organ. ValidationFailed: the region has one of that name."""
    require(actor, "people.organ.create")
    organ = Organ(
        name=name, department=department, region_id=region, enterprise=enterprise, site=site
    )
    try:
        with transaction.atomic():
            organ.save(force_insert=True)
    except IntegrityError as error:
        if _ONE_NAME not in str(error):
            raise
        raise ValidationFailed([FieldError("name", N_("该区域已有同名机构"))]) from error
    record(
        actor=actor,
        verb="people.organ.create",
        subject=f"people.organ:{organ.pk}",
        region=region,
        now=now,
        data={"name": name},
    )
    return organ


@transaction.atomic
def create_post(
    *, actor: Actor, organ: Organ, title: str, role: Role, now: datetime, region: int | None = None
) -> Post:
    """Register a post; it reaches its organ's region unless a region below is named."""
    require(actor, "people.organ.create", organ)
    post = Post(
        organ=organ,
        title=title,
        role=role,
        region_id=region or organ.region_id,
        enterprise=organ.enterprise,
        site=organ.site,
    )
    post.save(force_insert=True)
    record(
        actor=actor,
        verb="people.organ.create",
        subject=f"people.post:{post.pk}",
        region=post.region_id,
        now=now,
        data={"organ": organ.name, "title": title, "role": role},
    )
    return post


@transaction.atomic
def register_person(
    *,
    actor: Actor,
    name: str,
    region: int,
    account: Account | None,
    now: datetime,
    enterprise: UUID | None = None,
) -> Person:
    """A person who may be appointed; the account is optional. NotVisible: a region out of scope."""
    person = Person(name=name, region_id=region, account=account, enterprise=enterprise)
    require(actor, "people.person.register", person)
    person.save(force_insert=True)
    record(
        actor=actor,
        verb="people.person.register",
        subject=f"people.person:{person.pk}",
        region=region,
        now=now,
        data={"name": name, "account": account.pk if account else None},
    )
    return person


@transaction.atomic
def appoint(
    *,
    actor: Actor,
    person: Person,
    post: Post,
    valid_from: date,
    now: datetime,
    valid_to: date | None = None,
    substitute: bool = False,
    basis: str = "",
) -> Term:
    """Put a person into a post. Nobody appoints himself; a post has one holder and at most one substitute.

    Raises:
        NotPermitted: a post that is not the actor's to fill, own appointment, or an account of another sphere.
        ValidationFailed: someone of another house, days out of order, the post is held or closed then, or the same
            term again.
    """
    verb = "people.term.appoint"
    require(actor, verb, post)
    require_filling(actor, post, verb)
    account = person.account
    _check_account(actor, account, post, verb)
    if person.enterprise != post.enterprise:
        raise ValidationFailed(
            [FieldError("person", N_("企业人员只能在本企业任职，其他人员不能担任企业岗位"))]
        )
    post = Post.objects.select_for_update(of=("self",)).select_related("organ").get(pk=post.pk)
    _check_term(post, person, valid_from, valid_to, substitute=substitute)
    duty = _duty(post, account, valid_from, valid_to, basis)
    term = Term(
        post=post,
        person=person,
        duty=duty,
        region_id=post.region_id,
        enterprise=post.enterprise,
        site=post.site,
        valid_from=valid_from,
        valid_to=valid_to,
        substitute=substitute,
        basis=basis,
    )
    term.save(force_insert=True)
    record(
        actor=actor,
        verb="people.term.appoint",
        subject=f"people.post:{post.pk}",
        region=post.region_id,
        now=now,
        reason=basis,
        data={"person": person.name, "from": valid_from, "to": valid_to, "substitute": substitute},
    )
    return term


def _check_account(actor: Actor, account: Account | None, post: Post, verb: str) -> None:
    subject = f"people.post:{post.pk}"
    if account is not None and account.pk == actor.account_id:
        raise NotPermitted(N_("不能任命自己"), subject=subject, verb=verb)
    if account is not None and account.sphere != ROLES[Role(post.role)].sphere:
        raise NotPermitted(
            N_("管理员账号不能担任业务岗位，业务账号不能担任管理员"), subject=subject, verb=verb
        )


def _duty(
    post: Post, account: Account | None, valid_from: date, valid_to: date | None, basis: str
) -> Duty | None:
    if account is None:
        return None
    role = Role(post.role)
    return give_duty(
        account=account,
        role=role,
        post=f"{post.organ.name} · {post.title}",
        home_region=post.region_id,
        valid_from=valid_from,
        valid_to=valid_to,
        basis=basis,
        **_reach(post, role),  # type: ignore[arg-type]  # the three lists of give_duty
    )


def _check_term(
    post: Post, person: Person, valid_from: date, valid_to: date | None, *, substitute: bool
) -> None:
    """Days in order, while the post exists, not twice from one day, one holder and one substitute for a time."""
    closed = post.closed_on
    if valid_to is not None and valid_to < valid_from:
        raise ValidationFailed([FieldError("valid_to", N_("不能早于任期开始日期"))])
    if closed is not None and (valid_to is None or valid_to >= closed):
        raise ValidationFailed([FieldError("valid_to", N_("该岗位已撤销，任期须在撤销日之前结束"))])
    terms = list(Term.objects.filter(post=post))
    if any(t.person_id == person.pk and t.valid_from == valid_from for t in terms):
        raise ValidationFailed([FieldError("person", N_("该人员在本岗位已有同日开始的任期"))])
    if substitute and valid_to is None:
        raise ValidationFailed([FieldError("valid_to", N_("代理须写明结束日期"))])
    held = [t for t in terms if t.substitute == substitute]
    if any(
        (t.valid_to is None or t.valid_to >= valid_from)
        and (valid_to is None or t.valid_from <= valid_to)
        for t in held
    ):
        raise ValidationFailed(
            [FieldError("valid_from", N_("该岗位在此期间已有人任职，请先结束其任期"))]
        )


def _reach(post: Post, role: Role) -> dict[str, list[object]]:
    kind = ROLES[role].kind
    if kind in {Kind.STAFF, Kind.OVERSIGHT} and role not in _REACH_BY_INVITATION:
        return {"regions": [post.region_id]}
    if kind is Kind.ENTERPRISE and post.enterprise:
        return {"enterprises": [post.enterprise]}
    if kind is Kind.RESIDENT and post.site:
        return {"sites": [post.site]}
    return {}


@transaction.atomic
def end_term(*, actor: Actor, term: Term, last_day: date, reason: str, now: datetime) -> Term:
    """End a term on ``last_day``; a reason is required, the row stays. One's own term anybody may end (resign)."""
    require(actor, "people.term.end", term)
    require_ending(actor, term)
    if not reason.strip():
        raise ValidationFailed([FieldError("reason", N_("请填写原因"))])
    term = Term.objects.select_for_update(of=("self",)).get(pk=term.pk)
    if term.valid_to is not None and term.valid_to < last_day:
        raise ValidationFailed([FieldError("last_day", N_("任期已于更早的日期结束"))])
    if last_day < term.valid_from:
        raise ValidationFailed([FieldError("last_day", N_("不能早于任期开始日期"))])
    before, term.valid_to = term.valid_to, last_day
    term.save(update_fields=("valid_to",))
    if term.duty is not None:
        end_duty(duty=term.duty, last_day=last_day)
    record(
        actor=actor,
        verb="people.term.end",
        subject=f"people.post:{term.post_id}",
        region=term.region_id,
        now=now,
        reason=reason,
        data={"term": term.pk, "before": before, "after": last_day},
    )
    return term
