"""The two questions about access: may he (``can``), and which rows (``visible_to``).

This is the first wall. The second is the row security of the database, made from the same declarations
by ``kernel.database.provision`` and asked independently of this module (architecture 3, security c.1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any, Self, TypeVar, cast

from django.db import models

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.registry import verbs
from hengjian.kernel.database.declare import Delivered, Kind, Table
from hengjian.kernel.database.registry import tables
from hengjian.kernel.errors import NotPermitted, NotVisible

M_co = TypeVar("M_co", bound=models.Model, covariant=True)


def _allowed(actor: Actor) -> Sequence[object]:
    return {
        Kind.STAFF: actor.regions,
        Kind.OVERSIGHT: actor.regions,
        Kind.ENTERPRISE: actor.enterprises,
        Kind.RESIDENT: actor.sites,
        Kind.INVITEE: actor.cases,
    }.get(actor.kind, ())


def scoped(rows: models.QuerySet[M_co], actor: Actor) -> models.QuerySet[M_co]:
    """Of ``rows`` those within the actor's scope; none for a kind to which the table is closed."""
    table = tables()[rows.model._meta.db_table]
    if table.scope is None or actor.kind in table.every_row:
        return rows
    if actor.kind is Kind.SENDER:
        return _delivered(rows, actor, table)
    column = table.scope.column(actor.kind)
    if not column or "SELECT" not in table.grants.get(actor.kind, ""):
        return rows.none()
    lookup = "overlap" if table.scope.is_array(actor.kind) else "in"
    return rows.filter(**{f"{column}__{lookup}": list(_allowed(actor))})


_REACH: Mapping[str, Callable[[Actor], Sequence[object]]] = {
    "region": lambda actor: actor.regions,
    "enterprise": lambda actor: actor.enterprises,
    "site": lambda actor: actor.sites,
}


def _delivered(rows: models.QuerySet[M_co], actor: Actor, table: Table) -> models.QuerySet[M_co]:
    """Of ``rows`` those that a sender's system may see: within its reach, and sent by itself where that is said."""
    bounds = table.delivered
    if bounds is None or "SELECT" not in table.grants.get(actor.kind, ""):
        return rows.none()
    reach = [
        models.Q((f"{column}__in", list(_REACH[noun](actor)))) for noun, column in bounds.reach()
    ]
    if reach:
        rows = rows.filter(reduce(or_, reach))
    if bounds.account:
        rows = rows.filter(**{bounds.account: actor.account_id})
    return rows.filter(**{f"{bounds.source}__in": list(actor.sources)}) if bounds.source else rows


def _delivered_by(actor: Actor, bounds: Delivered | None, obj: models.Model) -> bool:
    if bounds is None:
        return False
    reach = list(bounds.reach())
    return (
        (not reach or any(getattr(obj, column) in _REACH[noun](actor) for noun, column in reach))
        and (not bounds.account or getattr(obj, bounds.account) == actor.account_id)
        and (not bounds.source or getattr(obj, bounds.source) in actor.sources)
    )


class ScopedQuerySet(models.QuerySet[M_co]):
    """Rows of a scoped table; the only way in for code that serves a person is ``visible_to``."""

    def visible_to(self, actor: Actor) -> Self:
        """Rows within the actor's scope."""
        return cast("Self", scoped(self, actor))


def in_scope(actor: Actor, obj: models.Model) -> bool:
    """Whether the row lies within the actor's scope."""
    table = tables()[obj._meta.db_table]
    if table.scope is None or actor.kind in table.every_row:
        return True
    if actor.kind is Kind.SENDER:
        return _delivered_by(actor, table.delivered, obj)
    column = table.scope.column(actor.kind)
    if not column:
        return False
    value = getattr(obj, column)
    return (
        bool(set(value) & set(_allowed(actor)))
        if table.scope.is_array(actor.kind)
        else value in _allowed(actor)
    )


def can(actor: Actor, verb: str, obj: models.Model | None = None) -> bool:
    """Whether the acting post may do ``verb`` (to ``obj``). An unknown verb is an error of the program."""
    spec = verbs()[verb]
    if actor.kind is Kind.WORKER:
        return spec.platform
    return actor.role in spec.roles and (obj is None or in_scope(actor, obj))


def require(actor: Actor, verb: str, obj: models.Model | None = None) -> None:
    """Raise unless ``can``: NotPermitted for the wrong post, NotVisible for a row out of scope."""
    if not can(actor, verb):
        raise NotPermitted(subject=_subject(obj), verb=verb)
    if obj is not None and not in_scope(actor, obj):
        raise NotVisible(subject=_subject(obj), verb=verb)


def fetch(rows: models.QuerySet[M_co], actor: Actor, verb: str, /, **key: Any) -> M_co:
    """Access is a fetch: the row by key, or NotPermitted / NotVisible. Use it instead of ``.get``."""
    require(actor, verb)
    visible = rows.visible_to(actor) if isinstance(rows, ScopedQuerySet) else rows
    found = visible.filter(**key).first()
    if found is None:
        raise NotVisible(verb=verb)
    return found


def _subject(obj: models.Model | None) -> str:
    return "" if obj is None else f"{obj._meta.label_lower}:{obj.pk}"
