"""Applying an import: every decided row in one transaction, or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch
from hengjian.kernel.audit.services import record
from hengjian.kernel.errors import Conflict, FieldError, NotVisible, ValidationFailed
from hengjian.kernel.text import N_
from hengjian.registry.models import ImportBatch, ImportRow, Line, Site, SiteIndustry, SiteSource
from hengjian.registry.rules.facts import SiteFacts
from hengjian.registry.rules.imports import capacity_of_row, facts_of_row, industries_of_row
from hengjian.registry.services.import_owners import Owners
from hengjian.registry.services.imports import VERB, located, lock_preview, place
from hengjian.registry.services.location import propose_region
from hengjian.registry.services.site import set_industries, site_search, stated

Values = Mapping[str, Any]
SHOWN_FAULTS = 20


@transaction.atomic
def apply_import(*, actor: Actor, batch_id: UUID, now: datetime) -> ImportBatch:
    """Bring a decided batch into the registry; applying it again changes nothing.

    Raises:
        ValidationFailed: a row has a fault, is undecided, or lies outside the acting post's area.
        Conflict: a code or number is taken by a site that the actor does not see.
    """
    batch = fetch(ImportBatch.objects.all(), actor, VERB, pk=batch_id)
    if batch.state == ImportBatch.State.APPLIED:
        return batch
    batch = lock_preview(actor, batch_id)
    rows = list(ImportRow.objects.filter(batch=batch).order_by("number"))
    work = _Import(actor, batch, _placed(actor, rows))
    try:
        with transaction.atomic():
            for row in rows:
                work.take(row)
            work.save()
    except IntegrityError as error:
        raise Conflict(
            N_("文件中的统一社会信用代码或登记编号已在其他地区登记，整批未导入，请由省级导入"),
            subject=f"registry.import:{batch.pk}",
        ) from error
    batch.state, batch.applied_at = ImportBatch.State.APPLIED, now
    batch.save()
    record(
        actor=actor,
        verb=VERB,
        subject=f"registry.import:{batch.pk}",
        region=batch.region_id,
        now=now,
        data={
            "file": batch.file_name,
            "sha256": batch.sha256,
            "source": batch.source,
            "created": batch.created_sites,
            "updated": batch.updated_sites,
            "unchanged": batch.unchanged_sites,
            "skipped": batch.skipped_rows,
            "changes": work.changes,
        },
    )
    return batch


def _placed(actor: Actor, rows: Sequence[ImportRow]) -> dict[UUID, int]:
    """The region of each row that is not skipped. The actor may be another one than at the upload."""
    faults: list[FieldError] = []
    regions: dict[UUID, int] = {}
    for row in rows:
        if row.decision == ImportRow.Decision.SKIP:
            continue
        if row.decision == ImportRow.Decision.UNDECIDED:
            faults.append(FieldError("decision", N_("疑似同一厂区，尚未决定"), row=row.number))
            continue
        if row.faults:
            faults.append(FieldError("row", N_("有错误未更正"), row=row.number))
            continue
        regions[row.pk], outside = place(actor, row.values)
        faults += [FieldError(f.column, f.message, row=row.number) for f in outside]
    if faults:
        raise ValidationFailed(
            faults[:SHOWN_FAULTS], N_("还有未更正的错误或未决定的行，整批未导入")
        )
    return regions


class _Import:
    """One batch being applied: collects new rows, changes known sites, counts."""

    def __init__(self, actor: Actor, batch: ImportBatch, regions: Mapping[UUID, int]) -> None:
        self._batch, self._regions = batch, regions
        self._owners = Owners(actor)
        rows = SiteSource.objects.visible_to(actor).filter(source=batch.source)
        self._sources = {row.source_id: row for row in rows}
        same = batch.rows.filter(decision=ImportRow.Decision.SAME).values_list("candidate_site")
        keys = {row.site_id for row in self._sources.values()} | {key for (key,) in same if key}
        locked = Site.objects.select_for_update(of=("self",)).visible_to(actor).order_by("pk")
        self._sites = {s.pk: s for s in locked.filter(pk__in=keys).select_related("enterprise")}
        self._new_sites: list[Site] = []
        self._new_industries: list[SiteIndustry] = []
        self._new_lines: list[Line] = []
        self._new_sources: list[SiteSource] = []
        self.changes: list[dict[str, object]] = []

    def take(self, row: ImportRow) -> None:
        """Do what was decided for one row."""
        if row.decision == ImportRow.Decision.SKIP:
            self._batch.skipped_rows += 1
            return
        # Imported meanwhile by another batch: then it is known, whatever was decided.
        source = self._sources.get(row.values["source_id"])
        if source is not None:
            self._again(source, row.values)
        elif row.decision == ImportRow.Decision.SAME:
            self._merge(row)
        else:
            self._create(row.values, self._regions[row.pk])

    def save(self) -> None:
        """Write everything new, owners first."""
        self._owners.save()
        Site.objects.bulk_create(self._new_sites, batch_size=500)
        SiteIndustry.objects.bulk_create(self._new_industries, batch_size=500)
        Line.objects.bulk_create(self._new_lines, batch_size=500)
        SiteSource.objects.bulk_create(self._new_sources, batch_size=500)

    def _create(self, values: Values, region: int) -> None:
        facts = facts_of_row(values)
        site = Site(
            enterprise=self._owners.of_row(values, region),
            region_id=region,
            proposed_region_id=located(values),
            search=site_search(facts),
            **stated(facts),
        )
        self._new_sites.append(site)
        for at, code in enumerate(industries_of_row(values)):
            link = SiteIndustry(industry_id=code, main=at == 0, **_hung_on(site))
            self._new_industries.append(link)
        self._add_line(site, values)
        self._source(site, values)
        self._batch.created_sites += 1

    def _again(self, source: SiteSource, values: Values) -> None:
        """The register's own changes since the last import are taken; what people changed here stays."""
        if source.stated == values:
            self._batch.unchanged_sites += 1
            return
        site = self._site(source.site_id)
        old, new = facts_of_row(source.stated), facts_of_row(values)
        said = {
            f.name: getattr(new, f.name)
            for f in fields(SiteFacts)
            if getattr(old, f.name) != getattr(new, f.name)
        }
        self._change(site, said)
        if industries_of_row(source.stated) != industries_of_row(values):
            set_industries(site, industries_of_row(values))
        if capacity_of_row(source.stated) != capacity_of_row(values):
            site.lines.filter(name=_line_name()).update(capacity=capacity_of_row(values))
        self._owners.also_named(site.enterprise, values)
        source.stated = dict(values)
        source.save(update_fields=["stated"])
        self._batch.updated_sites += 1

    def _merge(self, row: ImportRow) -> None:
        """Another register's row of a registered site: it fills gaps and adds names, it overwrites nothing."""
        site, facts = self._site(row.candidate_site), facts_of_row(row.values)
        known = {site.name, site.name_en, *site.aliases}
        names = [n for n in (facts.name, facts.name_en, *facts.aliases) if n and n not in known]
        said: dict[str, Any] = {}
        if names:
            said["aliases"] = (*site.aliases, *dict.fromkeys(names))
        if site.lon is None and facts.lon is not None:
            said |= {"lon": facts.lon, "lat": facts.lat, "datum": facts.datum}
        if site.commissioned_on is None and facts.commissioned_on is not None:
            said["commissioned_on"] = facts.commissioned_on
        self._change(site, said)
        if not site.lines.exists() and all(line.site_id != site.pk for line in self._new_lines):
            self._add_line(site, row.values)
        self._owners.also_named(site.enterprise, row.values)
        self._source(site, row.values)
        self._batch.updated_sites += 1

    def _change(self, site: Site, said: Mapping[str, Any]) -> None:
        after = {name: list(v) if isinstance(v, tuple) else v for name, v in said.items()}
        if not after:
            return
        before = {name: getattr(site, name) for name in after}
        for name, value in after.items():
            setattr(site, name, value)
        site.proposed_region_id = propose_region(site.lon, site.lat, site.datum)
        site.search = site_search(
            SiteFacts(name=site.name, name_en=site.name_en, aliases=tuple(site.aliases))
        )
        site.save(update_fields=[*after, "proposed_region", "search"])
        self.changes.append({"site": site.pk, "before": before, "after": after})

    def _site(self, key: UUID | None) -> Site:
        site = self._sites.get(key) if key else None
        if site is None:
            raise NotVisible(verb=VERB)
        return site

    def _add_line(self, site: Site, values: Values) -> None:
        capacity = capacity_of_row(values)
        if capacity is None:
            return
        self._new_lines.append(
            Line(
                name=_line_name(),
                industry_id=values["industry"],
                product=values.get("product", ""),
                capacity=capacity,
                capacity_unit=values.get("capacity_unit", ""),
                **_hung_on(site),
            )
        )

    def _source(self, site: Site, values: Values) -> None:
        self._new_sources.append(
            SiteSource(
                source=self._batch.source,
                source_id=values["source_id"],
                stated=dict(values),
                **_hung_on(site),
            )
        )


def _hung_on(site: Site) -> dict[str, Any]:
    return {"site": site, "region_id": site.region_id, "enterprise_id": site.enterprise_id}


def _line_name() -> str:
    """A register states the capacity of the whole plant."""
    return _("全厂")
