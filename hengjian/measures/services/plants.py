"""What intake reads before it computes: the site's form, and the factors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models import Q

from hengjian.measures.models import Factor, Obligation
from hengjian.measures.permissions import Source
from hengjian.measures.reference import lines_of
from hengjian.measures.rules import conversion
from hengjian.measures.rules.conversion import Figure
from hengjian.measures.services.intake import Plant
from hengjian.registry.models import Site, SiteIndustry


def plants(sites: Iterable[Site]) -> Mapping[UUID, Plant]:
    """The plants of ``sites``, with one query for all industries."""
    sites = list(sites)
    industries: dict[UUID, list[str]] = defaultdict(list)
    rows = SiteIndustry.objects.filter(site__in=sites).order_by("-main", "industry_id")
    for site_id, industry in rows.values_list("site_id", "industry_id"):
        industries[site_id].append(industry)
    return {
        site.pk: Plant(
            site_id=site.pk,
            region_id=site.region_id,
            enterprise_id=site.enterprise_id,
            main_industry=next(iter(industries[site.pk]), ""),
            lines=lines_of(frozenset(industries[site.pk])),
            industries=frozenset(industries[site.pk]),
        )
        for site in sites
    }


def factors_between(first: date, last: date) -> tuple[conversion.Factor, ...]:
    """Every factor in force on some day from ``first`` to ``last``."""
    rows = Factor.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=first), valid_from__lte=last
    ).order_by("subject", "figure", "valid_from")
    return tuple(
        conversion.Factor(
            subject=row.subject,
            figure=Figure(row.figure),
            value=row.value.normalize() + 0,
            unit=row.unit,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            version=row.set_id,
            confidence=row.confidence,
        )
        for row in rows
    )


def needs_review(site_id: UUID, form: str, period: date, source: Source) -> bool:
    """Whether the enterprise's reviewer has to see the form of that period before it is sent (dated, by obligation)."""
    return (
        Obligation.objects.filter(
            Q(valid_to=None) | Q(valid_to__gte=period),
            site=site_id,
            form=form,
            source=source.value,
            valid_from__lte=period,
            needs_review=True,
        ).exists()
        if source is Source.ENTERPRISE
        else False
    )


_BOOKS: dict[tuple[str, date], conversion.FactorsOfDay] = {}
_MOST_BOOKS = 2000


def factors_on(days: Collection[date]) -> Mapping[date, conversion.FactorsOfDay]:
    """The factors in force on each day. Kept between requests by the digest of the table: a change counts at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT md5(string_agg(f::text, '|' ORDER BY id)) FROM measures_factor f")
        digest = str(cursor.fetchone()[0])
    found = {day: book for day in days if (book := _BOOKS.get((digest, day))) is not None}
    if missing := [day for day in days if day not in found]:
        factors = factors_between(min(missing), max(missing))
        if len(_BOOKS) + len(missing) > _MOST_BOOKS:
            _BOOKS.clear()
        for day in missing:
            found[day] = _BOOKS[digest, day] = conversion.FactorsOfDay(
                f
                for f in factors
                if f.valid_from <= day and (f.valid_to is None or day <= f.valid_to)
            )
    return found


LOCKS = 1024
"""Sites share this many locks: a batch of thousands would else use up the lock table of the server."""


def lock_site(site_id: UUID) -> None:
    """Until the end of the transaction nobody else takes in reports of this site.

    An advisory lock: those who report hold no UPDATE on sites, which a row lock would need.
    """
    lock_sites([site_id])


def lock_sites(site_ids: Iterable[UUID]) -> None:
    """``lock_site`` of all, always in the same order, so that two batches never wait for each other."""
    numbers = sorted({site_id.int % LOCKS for site_id in site_ids})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('measures.site'), n) FROM unnest(%s::int[]) AS n",
            [numbers],
        )
