"""The legal persons of an import: found by code or by name, else made; several sites share one (W3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.text import search_key
from hengjian.registry.models import Enterprise, EnterpriseName
from hengjian.registry.rules.names import normalise_name
from hengjian.registry.rules.regions import with_region
from hengjian.registry.services.enterprise import refresh_search, set_regions


class Owners:
    """Collects the enterprises of a batch; ``save`` writes them before their sites."""

    def __init__(self, actor: Actor) -> None:
        """Lock what the actor sees: another import may not change the same enterprises meanwhile."""
        self._present = list(
            Enterprise.objects.select_for_update(of=("self",)).visible_to(actor).order_by("pk")
        )
        self._by_code = {e.credit_code: e for e in self._present if e.credit_code}
        self._by_name = {normalise_name(e.name): e for e in self._present}
        self._made: list[Enterprise] = []
        self._names: list[EnterpriseName] = []
        self._regions: dict[Enterprise, list[int]] = {}
        self._known_names = set(
            EnterpriseName.objects.visible_to(actor).values_list("enterprise_id", "name")
        )

    def of_row(self, values: Mapping[str, Any], region: int) -> Enterprise:
        """The enterprise of a row, which belongs to the row's region from now on."""
        code, name = values.get("credit_code", ""), values["enterprise"]
        found = self._by_code.get(code) if code else None
        if found is None:
            named = self._by_name.get(normalise_name(name))
            # The same name with another code is another legal person.
            found = named if named and not (code and named.credit_code) else None
        if found is None:
            found = self._make(name, code, values.get("parent", ""), region)
        elif code and found.credit_code is None:
            found.credit_code = code
            self._by_code[code] = found
        self._regions[found] = with_region(self._regions.get(found, found.regions), region)
        self.also_named(found, values)
        return found

    def also_named(self, owner: Enterprise, values: Mapping[str, Any]) -> None:
        """Former names that a row states."""
        for name in values.get("former_names", ()):
            if name != owner.name and (owner.pk, name) not in self._known_names:
                self._known_names.add((owner.pk, name))
                kind = EnterpriseName.Kind.FORMER
                self._names.append(EnterpriseName(enterprise=owner, name=name, kind=kind))
                self._regions.setdefault(owner, list(owner.regions))

    def save(self) -> None:
        """Write new enterprises, new names, and what changed of those present."""
        for owner in self._made:
            owner.regions = self._regions[owner]
            former = [n.name for n in self._names if n.enterprise_id == owner.pk]
            owner.search = search_key(names=(owner.name, *former), codes=(owner.credit_code or "",))
        Enterprise.objects.bulk_create(self._made, batch_size=500)
        for row in self._names:
            row.regions = self._regions[row.enterprise]
        EnterpriseName.objects.bulk_create(self._names, batch_size=500)
        made = {owner.pk for owner in self._made}
        for owner, regions in self._regions.items():
            if owner.pk not in made:
                owner.save(update_fields=["credit_code"])
                set_regions(owner, regions)
                refresh_search(owner)

    def _make(self, name: str, code: str, parent: str, region: int) -> Enterprise:
        owner = Enterprise(
            name=name,
            credit_code=code or None,
            seat_id=region,
            regions=[region],
            parent=parent[:400],
        )
        self._made.append(owner)
        self._by_name.setdefault(normalise_name(name), owner)
        if code:
            self._by_code[code] = owner
        return owner
