"""Drafts: what a reporter typed is kept until he submits; his own, nobody else's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch, require
from hengjian.kernel.errors import (
    FieldError,
    NotPermitted,
    TransitionNotAllowed,
    ValidationFailed,
)
from hengjian.kernel.text import N_
from hengjian.measures.models import Draft
from hengjian.measures.models.report import DAILY, DraftState
from hengjian.measures.permissions import SOURCE_OF
from hengjian.measures.services.submission import check_form
from hengjian.registry.models import Site

_VERB = "measures.draft.save"
MAX_FIELDS, MAX_TEXT = 100, 2000


def save_draft(
    *,
    actor: Actor,
    site_id: UUID,
    period: date,
    payload: Mapping[str, str],
    now: datetime,
    form: str = DAILY,
) -> None:
    """Keep what was typed, replacing the former draft of the same site, form and period. Not an act: no audit entry.

    Raises:
        TransitionNotAllowed: it waits for review.
        NotPermitted, NotVisible: as for a report. ValidationFailed: more than a page can hold.
    """
    require(actor, _VERB)
    site = fetch(Site.objects.all(), actor, _VERB, id=site_id)
    source = SOURCE_OF.get(actor.kind)
    if source is None or actor.account_id is None:
        raise NotPermitted(verb=_VERB)
    if len(payload) > MAX_FIELDS or any(len(text) > MAX_TEXT for text in payload.values()):
        raise ValidationFailed([FieldError("payload", N_("草稿过大"))])
    if any("\x00" in text for pair in payload.items() for text in pair):
        raise ValidationFailed([FieldError("payload", N_("含有不能保存的字符"))])
    check_form(form, period)
    kept = Draft.objects.visible_to(actor).filter(
        site=site, form=form, period=period, account=actor.account_id
    )
    if kept.filter(state=DraftState.SUBMITTED).exists():
        raise TransitionNotAllowed(N_("已提交审核，请先撤回再修改"), verb=_VERB)
    draft = Draft(
        site=site,
        region_id=site.region_id,
        enterprise_id=site.enterprise_id,
        form=form,
        period=period,
        source=source.value,
        account_id=actor.account_id,
        payload={name: text for name, text in payload.items() if text.strip()},
        saved_at=now,
    )
    Draft.objects.bulk_create(
        [draft],
        update_conflicts=True,
        unique_fields=("site", "form", "period", "account"),
        update_fields=("source", "payload", "saved_at"),
    )
