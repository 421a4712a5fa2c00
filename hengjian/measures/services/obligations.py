"""Keeping the list of who owes which form (报送名录): by rule, by hand; ended with a reason, never deleted."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from psycopg.errors import ExclusionViolation

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch, require
from hengjian.kernel.audit.services import canonical, record
from hengjian.kernel.errors import Conflict, FieldError, TransitionNotAllowed, ValidationFailed
from hengjian.kernel.text import N_
from hengjian.measures.models import Obligation
from hengjian.measures.obligation_table import obligation_rules
from hengjian.measures.permissions import Source
from hengjian.measures.rules.forms import Form
from hengjian.measures.rules.obligations import (
    Due,
    audiences,
    begins,
    forms_owed,
    last_when_ended,
)
from hengjian.measures.states import Origin
from hengjian.registry.models import IndustryDesignation, OutputControl, Site, SiteIndustry

RULE_ENDED = N_("不再符合派生规则")
MOST_TEXT = 200
REPORTING = (Site.Status.OPERATING, Site.Status.SUSPENDED)
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Assigned:
    """What deriving the list changed."""

    added: int
    ended: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """An obligation to write; ``needs_review``: the enterprise's reviewer sends it (填表人→审核人)."""

    form: str
    source: str
    valid_from: date
    valid_to: date | None
    basis: str
    needs_review: bool = False


@transaction.atomic
def add_obligation(
    *, actor: Actor, site_id: UUID, wanted: Wanted, now: datetime, origin: Origin = Origin.OFFICIAL
) -> Obligation:
    """Put a site on the list for a form.

    Raises:
        NotPermitted, NotVisible: as everywhere. ValidationFailed: naming every fault.
        Conflict: the site already owes that form of that source on some of these days.
    """
    require(actor, "measures.obligation.add")
    site = fetch(Site.objects.all(), actor, "measures.obligation.add", id=site_id)
    row = _row(actor, site, checked(wanted), origin, now)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if isinstance(error.__cause__, ExclusionViolation):
            raise Conflict(
                N_("该厂区在这段日期内已有同一报表、同一来源的报送义务，请先移出或改日期")
            ) from error
        raise
    _record(actor, "measures.obligation.add", row, now, row.basis)
    return row


@transaction.atomic
def end_obligation(
    *, actor: Actor, obligation_id: UUID, last: date, reason: str, now: datetime
) -> Obligation:
    """The site owes the form for no period that begins after ``last``; what was owed until then stays owed.

    Raises:
        TransitionNotAllowed: it was ended before. ValidationFailed: no reason, or longer than it was to last.
    """
    verb = "measures.obligation.end"
    row = fetch(Obligation.objects.all(), actor, verb, id=obligation_id)
    text = _text("reason", reason, N_("请填写移出理由"))
    row = Obligation.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.ended_at is not None:
        raise TransitionNotAllowed(subject=f"measures.obligation:{row.pk}", verb=verb)
    if row.valid_to is not None and last > row.valid_to:
        raise ValidationFailed([FieldError("last", N_("不能晚于原定的止日"))])
    _end(row, actor, last_when_ended(row.valid_from, last), text, now)
    row.save(update_fields=("valid_to", "ended_name", "ended_post", "ended_at", "end_reason"))
    _record(actor, verb, row, now, text)
    return row


@transaction.atomic
def assign_obligations(
    *, actor: Actor, now: datetime, today: date, since: date | None = None
) -> Assigned:
    """Bring the list in line with the rules: add what is owed and missing, end what is no longer owed.

    Idempotent. What officials added stays; what they ended is not added again. ``since``: from when new
    rows hold (default: from the period that runs today).
    """
    require(actor, "measures.obligation.assign")
    owed = _owed_by_rule(actor, today)
    rows = list(
        Obligation.objects.visible_to(actor).filter(
            Q(valid_to=None) | Q(valid_to__gte=today) | ~Q(end_reason="")
        )
    )
    ended = _end_unowed(actor, rows, owed, now, today)
    present = {(r.site_id, r.form, r.source) for r in rows if r.end_reason != RULE_ENDED}
    until = _last_days(rows)
    new = [
        _row(
            actor,
            site,
            Wanted(
                due.form,
                due.source,
                # What ended yesterday still asks for the period that runs; the new row asks for the next.
                max(begins(due.form, since or today), until.get(key, date.min)),
                None,
                due.basis,
            ),
            Origin.RULE,
            now,
        )
        for site, dues in owed.values()
        for due in dues
        if (key := (site.pk, due.form.value, due.source.value)) not in present
    ]
    # Somebody else may add the same at this moment: the exclusion constraint lets one through.
    Obligation.objects.bulk_create(new, batch_size=_CHUNK, ignore_conflicts=True)
    if new or ended:
        _record_batch(actor, new, ended, now)
    return Assigned(len(new), len(ended))


def _last_days(rows: Iterable[Obligation]) -> Mapping[tuple[UUID, str, str], date]:
    """The day after the last row of each site, form and source that has an end."""
    found: dict[tuple[UUID, str, str], date] = {}
    for row in rows:
        if row.valid_to is not None:
            key = (row.site_id, row.form, row.source)
            found[key] = max(found.get(key, date.min), row.valid_to + timedelta(days=1))
    return found


def _owed_by_rule(actor: Actor, today: date) -> Mapping[UUID, tuple[Site, Sequence[Due]]]:
    """What each working site in scope owes; four queries."""
    sites = Site.objects.visible_to(actor).filter(status__in=REPORTING)
    in_force = Q(valid_from__lte=today) & (Q(valid_to=None) | Q(valid_to__gte=today))
    industries: dict[UUID, set[str]] = defaultdict(set)
    pairs = SiteIndustry.objects.visible_to(actor).values_list("site_id", "industry_id")
    for site_id, industry in pairs:
        industries[site_id].add(industry)
    key = set(
        IndustryDesignation.objects.filter(in_force, kind=IndustryDesignation.Kind.KEY).values_list(
            "industry_id", flat=True
        )
    )
    controlled = set(
        OutputControl.objects.visible_to(actor).filter(in_force).values_list("site_id", flat=True)
    )
    return {
        site.pk: (
            site,
            forms_owed(
                obligation_rules(),
                audiences(
                    key_site=site.key_site,
                    industries=industries[site.pk],
                    key_industries=key,
                    output_controlled=site.pk in controlled,
                ),
            ),
        )
        for site in sites
    }


def _end_unowed(
    actor: Actor,
    rows: Iterable[Obligation],
    owed: Mapping[UUID, tuple[Site, Sequence[Due]]],
    now: datetime,
    today: date,
) -> list[Obligation]:
    wanted = {
        (site_id, due.form.value, due.source.value)
        for site_id, (_site, dues) in owed.items()
        for due in dues
    }
    ended = [
        row
        for row in rows
        if row.origin == Origin.RULE
        and row.ended_at is None
        and (row.site_id, row.form, row.source) not in wanted
    ]
    yesterday = today - timedelta(days=1)
    for row in ended:
        _end(row, actor, last_when_ended(row.valid_from, yesterday), RULE_ENDED, now)
        row.save(update_fields=("valid_to", "ended_name", "ended_post", "ended_at", "end_reason"))
    return ended


def checked(wanted: Wanted) -> Wanted:
    """The obligation with known form and source and ordered days, or ValidationFailed naming every fault."""
    faults = []
    if wanted.form not in set(Form):
        faults.append(FieldError("form", N_("没有这种报表")))
    if wanted.source not in set(Source):
        faults.append(FieldError("source", N_("没有这种数据来源")))
    if wanted.valid_to is not None and wanted.valid_to < wanted.valid_from:
        faults.append(FieldError("valid_to", N_("止日不能早于起日")))
    basis = wanted.basis.strip()
    if not basis:
        faults.append(FieldError("basis", N_("请填写依据")))
    elif len(basis) > MOST_TEXT or "\x00" in basis:
        faults.append(FieldError("basis", N_("依据过长或含有不能保存的字符")))
    if faults:
        raise ValidationFailed(faults)
    return wanted


def _row(actor: Actor, site: Site, wanted: Wanted, origin: Origin, now: datetime) -> Obligation:
    return Obligation(
        site=site,
        region_id=site.region_id,
        enterprise_id=site.enterprise_id,
        form=str(wanted.form),
        source=str(wanted.source),
        valid_from=wanted.valid_from,
        valid_to=wanted.valid_to,
        origin=origin.value,
        basis=wanted.basis.strip(),
        needs_review=wanted.needs_review,
        made_account=actor.account_id,
        made_name=actor.name,
        made_post=actor.post,
        made_at=now,
    )


def _end(row: Obligation, actor: Actor, last: date, reason: str, now: datetime) -> None:
    row.valid_to = last
    row.ended_name, row.ended_post = actor.name, actor.post
    row.ended_at, row.end_reason = now, reason


def _text(field: str, text: str, missing: str) -> str:
    text = text.strip()
    if not text:
        raise ValidationFailed([FieldError(field, missing)])
    if len(text) > MOST_TEXT or "\x00" in text:
        raise ValidationFailed([FieldError(field, N_("过长或含有不能保存的字符"))])
    return text


def _record(actor: Actor, verb: str, row: Obligation, now: datetime, reason: str) -> None:
    record(
        actor=actor,
        verb=verb,
        subject=f"registry.site:{row.site_id}",
        region=row.region_id,
        now=now,
        reason=reason,
        data={
            "obligation": row.pk,
            "form": row.form,
            "source": row.source,
            "from": row.valid_from,
            "to": row.valid_to,
            "needs_review": row.needs_review,
        },
    )


def _record_batch(
    actor: Actor, added: Sequence[Obligation], ended: Sequence[Obligation], now: datetime
) -> None:
    """One entry for the batch, with the hash of what it changed."""
    canon = canonical(
        {
            "added": [[r.site_id, r.form, r.source, r.valid_from] for r in added],
            "ended": [[r.pk, r.valid_to] for r in ended],
        }
    )
    record(
        actor=actor,
        verb="measures.obligation.assign",
        subject="measures.obligation:list",
        region=actor.home_region,
        now=now,
        data={
            "added": len(added),
            "ended": len(ended),
            "sha256": hashlib.sha256(canon.encode()).hexdigest(),
        },
    )
