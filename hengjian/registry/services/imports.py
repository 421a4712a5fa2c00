"""Importing a register: upload and preview, decide row by row. Applying is in ``apply_import``."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch, require
from hengjian.kernel.audit.services import record
from hengjian.kernel.errors import FieldError, TooLarge, TransitionNotAllowed, ValidationFailed
from hengjian.kernel.files.workbook import Table, read_table
from hengjian.kernel.files.workbook_reasons import TableLimits
from hengjian.kernel.regions.models import Region
from hengjian.kernel.text import N_
from hengjian.registry.models import ImportBatch, ImportRow, Industry, Line, Site, SiteSource
from hengjian.registry.reference import shipped_layouts
from hengjian.registry.rules.imports import ReadRow, RowFault, entry_of, owner_names, read_row
from hengjian.registry.rules.layouts import Layout, recognise
from hengjian.registry.rules.matching import Entry, Proposal, propose
from hengjian.registry.services.location import PROVINCE, may_assign, propose_region, wgs84

LIMITS = TableLimits()
VERB = "registry.import.run"


@transaction.atomic
def upload_register(
    *, actor: Actor, path: Path, file_name: str, now: datetime, source: str = ""
) -> ImportBatch:
    """Read a file and lay it out for decision; nothing of the registry changes.

    A file that was applied before gives that batch back: the same file twice changes nothing. ``source`` names
    the register where it is another than its layout says; a row is known again by register and number.

    Raises:
        TooLarge: over the limit of uploads.
        WorkbookRefused: not a table, hostile or too heavy; the cause is named.
        ValidationFailed: columns of no known register.
    """
    require(actor, VERB)
    limit = min(LIMITS.file_bytes, settings.UPLOAD_LIMIT_BYTES)
    if path.stat().st_size > limit:
        raise TooLarge(N_("文件超过 {limit} MB，请分次导入"), limit=limit // 2**20)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    applied = ImportBatch.objects.visible_to(actor).filter(
        sha256=digest, state=ImportBatch.State.APPLIED
    )
    if (earlier := applied.first()) is not None:
        return earlier
    table = read_table(path, "xlsx" if file_name.lower().endswith(".xlsx") else "csv")
    layout = _layout(table)
    batch = ImportBatch(
        file_name=Path(file_name).name[-160:],
        sha256=digest,
        layout=layout.code,
        source=source or source_of(actor, layout),
        region_id=actor.home_region or PROVINCE,
        account_id=actor.account_id or 0,
        created_at=now,
    )
    batch.save(force_insert=True)
    ImportRow.objects.bulk_create(_rows(actor, batch, layout, table), batch_size=1000)
    _record(actor, "registry.import.upload", batch, now)
    return batch


def source_of(actor: Actor, layout: Layout) -> str:
    """Name of the register; numbers in the platform's template count within the region that uses it."""
    home = actor.home_region or PROVINCE
    return f"{layout.source} {home}" if layout.code == "template" else layout.source


def _layout(table: Table) -> Layout:
    layout = recognise(table.header, shipped_layouts())
    if layout is not None:
        return layout
    missing = shipped_layouts()[0].missing(table.header)
    raise ValidationFailed(
        [FieldError(head, N_("缺少列“{head}”"), data={"head": head}) for head in missing],
        N_("表头与模板不符，请下载模板后按其列名填写"),
    )


def _rows(actor: Actor, batch: ImportBatch, layout: Layout, table: Table) -> list[ImportRow]:
    industries: dict[str, str] = {}
    for code, name in Industry.objects.values_list("code", "name"):
        industries |= {code: code, name: code}
    numbers = [row.number for row in table.rows]
    read = [
        read_row(layout, dict(zip(table.header, row.cells, strict=False)), industries)
        for row in table.rows
    ]
    placed = [place(actor, row.values, row.faults) for row in read]
    twice = _twice(numbers, read)
    known = _known(actor, batch.source, [str(row.values["source_id"]) for row in read if row.ours])
    proposals = _proposals(actor, read, placed, known)
    return [
        _row(
            batch,
            number,
            row,
            placing=[*faults, *twice.get(number, ())],
            known=known,
            proposals=proposals.get(str(at), ()),
        )
        for at, (number, row, (_region, faults)) in enumerate(
            zip(numbers, read, placed, strict=True)
        )
    ]


def _row(
    batch: ImportBatch,
    number: int,
    read: ReadRow,
    *,
    placing: Sequence[RowFault],
    known: Mapping[str, UUID],
    proposals: Sequence[Proposal],
) -> ImportRow:
    faults = [*read.faults, *placing] if read.ours else []
    row = ImportRow(
        batch=batch,
        region_id=batch.region_id,
        number=number,
        values=dict(read.values),
        faults=[{**asdict(fault), "data": dict(fault.data)} for fault in faults],
        decision=ImportRow.Decision.NEW if read.ours else ImportRow.Decision.SKIP,
    )
    site = known.get(str(read.values["source_id"])) if read.ours else None
    if site is not None:
        row.known, row.candidate_site, row.decision = True, site, ImportRow.Decision.SAME
    elif proposals and not faults:
        best = proposals[0]
        row.candidate_site = UUID(best.right)
        row.candidate_score = Decimal(f"{best.match.score:.3f}")
        row.candidates = [{"site": p.right, "score": f"{p.match.score:.2f}"} for p in proposals]
        row.candidate_reasons = [
            {"message": reason.message, "data": dict(reason.data), "for": reason.points > 0}
            for reason in best.match.reasons
        ]
        row.decision = ImportRow.Decision.UNDECIDED
    return row


def place(
    actor: Actor, values: Mapping[str, Any], faults: Collection[RowFault] = ()
) -> tuple[int, list[RowFault]]:
    """The region of a row and the fault when it lies outside the acting post's area.

    The stated region counts, else the point decides, else the row stays with the province.
    """
    if faults:
        return PROVINCE, []
    stated = values.get("region", "")
    region = int(stated) if stated else located(values) or PROVINCE
    known = not stated or region in actor.regions or Region.objects.filter(code=region).exists()
    if not known:
        return PROVINCE, [RowFault(N_("监管属地代码"), stated, N_("没有这个区划代码"))]
    if may_assign(actor, region):
        return region, []
    if region == PROVINCE:
        return region, [RowFault(N_("经度"), "", N_("没有坐标和属地，只能由省级导入"))]
    return region, [RowFault(N_("监管属地代码"), str(region), N_("不在本岗位辖区内"))]


def located(values: Mapping[str, Any]) -> int | None:
    """The county of a row's point."""
    if not values.get("lon") or not values.get("lat"):
        return None
    return propose_region(Decimal(values["lon"]), Decimal(values["lat"]), values["datum"])


def _twice(numbers: Sequence[int], read: Sequence[ReadRow]) -> dict[int, list[RowFault]]:
    """Rows that say the same identity as an earlier row of the file."""
    first: dict[str, int] = {}
    faults: dict[int, list[RowFault]] = {}
    for number, row in zip(numbers, read, strict=True):
        key = str(row.values["source_id"])
        if not row.ours or first.setdefault(key, number) == number:
            continue
        data = (("row", str(first[key])),)
        faults[number] = [RowFault(N_("登记编号"), key, N_("与第 {row} 行重复"), data)]
    return faults


def _known(actor: Actor, source: str, numbers: Collection[str]) -> dict[str, UUID]:
    """Sites that bear a number of this register already."""
    rows = SiteSource.objects.visible_to(actor).filter(source=source, source_id__in=set(numbers))
    return dict(rows.values_list("source_id", "site_id"))


def _proposals(
    actor: Actor,
    read: Sequence[ReadRow],
    placed: Sequence[tuple[int, list[RowFault]]],
    known: Mapping[str, UUID],
) -> dict[str, list[Proposal]]:
    """The registered sites that each new row is likely to be, the likeliest first, by its position."""
    new = [
        entry_of(str(at), row.values, region if region % 100 else None)
        for at, (row, (region, _faults)) in enumerate(zip(read, placed, strict=True))
        if row.ours and not row.faults and str(row.values["source_id"]) not in known
    ]
    found: dict[str, list[Proposal]] = {}
    for proposal in propose(new, registered(actor)):
        found.setdefault(proposal.left, []).append(proposal)
    return found


def registered(actor: Actor) -> list[Entry]:
    """The registered sites that the actor sees, as the matcher compares them."""
    capacity: dict[UUID, tuple[Any, str]] = {}
    for line in Line.objects.visible_to(actor).filter(capacity__isnull=False).order_by("id"):
        total, unit = capacity.get(line.site_id, (0, line.capacity_unit))
        if unit == line.capacity_unit:
            capacity[line.site_id] = (total + line.capacity, unit)
    sites = (
        Site.objects.visible_to(actor)
        .select_related("enterprise")
        .prefetch_related("enterprise__names")
    )
    return [_registered(site, *capacity.get(site.pk, (None, ""))) for site in sites.order_by("pk")]


def _registered(site: Site, capacity: Any, unit: str) -> Entry:
    owner = site.enterprise
    names = [site.name, site.name_en, *site.aliases]
    owners = [owner.name, *(n.name for n in owner.names.all()), *owner_names(owner.parent)]
    point = wgs84(site.lon, site.lat, site.datum)
    return Entry(
        key=str(site.pk),
        names=tuple(dict.fromkeys(name for name in names if name)),
        owners=tuple(o for o in owners if o not in names),
        capacity=capacity,
        capacity_unit=unit,
        lon=point[0] if point else None,
        lat=point[1] if point else (float(site.lat) if site.lat is not None else None),
        county=site.region_id if site.region_id % 100 else None,
        credit_code=owner.credit_code or "",
    )


@transaction.atomic
def decide_rows(
    *, actor: Actor, batch_id: UUID, decisions: Mapping[UUID, str], rest: str = ""
) -> int:
    """Keep what a person decided; ``rest`` decides all rows still undecided. Returns how many are left.

    A decision is ``new``, ``skip``, ``same`` (the likeliest site) or ``same:<site>`` (that candidate).

    Raises:
        TransitionNotAllowed: the batch is applied or cancelled.
        ValidationFailed: a decision that does not exist, or a site that is no candidate of the row.
    """
    batch = lock_preview(actor, batch_id)
    rows = ImportRow.objects.filter(batch=batch)
    changed = list(rows.filter(pk__in=decisions, known=False))
    for row in changed:
        _decide(row, decisions[row.pk])
    ImportRow.objects.bulk_update(changed, ["decision", "candidate_site"])
    if rest not in ImportRow.Decision.values:
        raise ValidationFailed([FieldError("decision", N_("没有这种决定"))])
    undecided = rows.filter(decision="")
    if rest:
        undecided.update(decision=rest)
    return undecided.count()


def _decide(row: ImportRow, said: str) -> None:
    kind, _sep, site = said.partition(":")
    if kind not in set(ImportRow.Decision.values) - {""}:
        raise ValidationFailed([FieldError("decision", N_("没有这种决定"), row=row.number)])
    if kind == ImportRow.Decision.SAME:
        candidates = [candidate["site"] for candidate in row.candidates]
        chosen = site or next(iter(candidates), "")
        if chosen not in candidates:
            raise ValidationFailed(
                [FieldError("decision", N_("该行没有可并入的厂区"), row=row.number)]
            )
        row.candidate_site = UUID(chosen)
    row.decision = kind


@transaction.atomic
def cancel_import(*, actor: Actor, batch_id: UUID, now: datetime) -> ImportBatch:
    """Give a preview up."""
    batch = lock_preview(actor, batch_id)
    batch.state = ImportBatch.State.CANCELLED
    batch.save(update_fields=["state"])
    _record(actor, "registry.import.cancel", batch, now)
    return batch


def _record(actor: Actor, verb: str, batch: ImportBatch, now: datetime) -> None:
    record(
        actor=actor,
        verb=verb,
        subject=f"registry.import:{batch.pk}",
        region=batch.region_id,
        now=now,
        data={"file": batch.file_name, "sha256": batch.sha256, "source": batch.source},
    )


def lock_preview(actor: Actor, batch_id: UUID) -> ImportBatch:
    """The batch, locked. Raises TransitionNotAllowed unless it is a preview."""
    batch = fetch(ImportBatch.objects.select_for_update(of=("self",)), actor, VERB, pk=batch_id)
    if batch.state != ImportBatch.State.PREVIEW:
        raise TransitionNotAllowed(
            N_("该批次{state}，不能再改"),
            subject=f"registry.import:{batch.pk}",
            state=batch.get_state_display(),
            verb=VERB,
        )
    return batch
