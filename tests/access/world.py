"""One object of each kind in three places: one's own county, the other county of the city, another city.

Names of the other places carry a canary, so that lists, searches and exports can be searched for leaks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from uuid import UUID

from hengjian.cases.tests.factories import make_inquiry, make_problem
from hengjian.kernel.access.actor import worker
from hengjian.kernel.access.declare import ROLES, Level, Role
from hengjian.kernel.access.models import Account
from hengjian.kernel.calendar.clock import now
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.files.services import store
from hengjian.kernel.people.models import Organ, Person, Post, Term
from hengjian.measures.tests.meters import make_reading_batch
from hengjian.measures.tests.owing import make_correction, make_obligation
from hengjian.measures.tests.scene import DAY, make_waiting, submit
from hengjian.measures.tests.senders import make_delivery
from hengjian.monitoring.tests.factories import make_alert, make_change
from hengjian.registry.models import ImportBatch, Site
from hengjian.registry.tests.factories import make_site
from tests.support.cast import (
    DONGGANG,
    LANSHAN,
    LANSHAN_LINYI,
    LINYI,
    RIZHAO,
    WITHOUT_REACH,
    account,
    actor_of,
)

OWN, SAME_CITY, OTHER_CITY, MISSING = "own", "same_city", "other_city", "missing"
PLACES = {OWN: DONGGANG, SAME_CITY: LANSHAN, OTHER_CITY: LANSHAN_LINYI}
NOWHERE = UUID("00000000-0000-7000-8000-00000000dead")
CANARY = {OWN: "本县样厂", SAME_CITY: "同市金丝雀", OTHER_CITY: "外市金丝雀"}

# Which kinds of actor an object is open to besides officials; said here on its own, not read from the code.
OPEN_TO: dict[str, set[Kind]] = {
    "site": {Kind.ENTERPRISE, Kind.RESIDENT},
    "report": {Kind.ENTERPRISE},
    "obligation": {Kind.ENTERPRISE},
    "correction": {Kind.ENTERPRISE},
    "waiting": {Kind.ENTERPRISE},
    "inquiry": {Kind.ENTERPRISE},
    "file": {Kind.ENTERPRISE, Kind.RESIDENT},
    "alert": set(),
    "change": set(),
    "problem": set(),
    "batch": set(),
    "delivery": set(),
    "reading_batch": set(),
    "post": {Kind.ENTERPRISE, Kind.RESIDENT},
    "term": {Kind.ENTERPRISE, Kind.RESIDENT},
}
OPEN_TO_ADMIN = {"post", "term"}
# He lets in administrators, overseers and the first of the commission; the people of an enterprise are not his.
NOT_HIS = {
    (Role.SYSTEM_ADMIN, "people:appoint"),
    (Role.SYSTEM_ADMIN, "people:end_term"),
    (Role.DRC_OFFICER, "monitoring:change_withdraw"),  # another officer proposed it
}


@dataclass
class World:
    """Ids by (kind, place)."""

    ids: dict[tuple[str, str], object] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)

    def id_of(self, kind: str, place: str) -> object:
        """The id; one that never existed for ``missing``."""
        return NOWHERE if place == MISSING else self.ids[kind, place]


def _held_post(site: Site, place: str) -> tuple[Post, Term]:
    """A post of the site's enterprise and who holds it."""
    scope = {"region_id": site.region_id, "enterprise": site.enterprise_id, "site": site.pk}
    organ = Organ.objects.create(name=f"{CANARY[place]}单位", department="enterprise", **scope)
    post = Post.objects.create(
        organ=organ, title=f"{CANARY[place]}岗位", role=Role.ENTERPRISE_REVIEWER, **scope
    )
    person = Person.objects.create(
        name=f"{CANARY[place]}某", region_id=site.region_id, enterprise=site.enterprise_id
    )
    return post, Term.objects.create(post=post, person=person, valid_from=DAY, **scope)


def build() -> World:
    """Everything in all three places."""
    world = World()
    for place, region in PLACES.items():
        site = make_site(region=region, industry="cement", name=f"{CANARY[place]}水泥厂区")
        world.sites[place] = site
        post, term = _held_post(site, place)
        reporter = actor_of(account(Role.ENTERPRISE_REPORTER, enterprises=[site.enterprise_id]))
        report, _outcome = submit(reporter, site)
        batch = ImportBatch.objects.create(
            file_name=f"{CANARY[place]}.csv",
            sha256="0" * 64,
            source=place,
            region_id=region // 100 * 100,
            account_id=1,
            created_at=now(),
        )
        file = store(
            actor=worker("test"), subject=f"registry.site:{site.pk}", name=f"{CANARY[place]}.pdf",
            stream=BytesIO(b"%PDF-1.4\n%%EOF\n"), now=now(), region=region, enterprise=site.enterprise_id, site=site.pk,
            for_resident=True,
        )  # fmt: skip
        world.ids |= {
            ("site", place): site.pk,
            ("post", place): post.pk,
            ("term", place): term.pk,
            ("report", place): report.pk,
            ("obligation", place): make_obligation(site).pk,
            ("correction", place): make_correction(report).pk,
            ("waiting", place): make_waiting(site, reporter).report_id,
            ("alert", place): make_alert(site).pk,
            ("change", place): make_change(scope=f"region:{region}").pk,
            ("problem", place): make_problem(site).pk,
            ("inquiry", place): make_inquiry(site).pk,
            ("batch", place): batch.pk,
            ("delivery", place): make_delivery(region, f"{CANARY[place]}系统").pk,
            ("file", place): file.pk,
            ("reading_batch", place): make_reading_batch(site, f"{CANARY[place]}.csv").pk,
        }
    return world


def person(world: World, role: Role) -> Account:
    """Someone of the role who belongs to the own place."""
    site = world.sites[OWN]
    kind = ROLES[role].kind
    return account(
        role,
        enterprises=[site.enterprise_id] if kind is Kind.ENTERPRISE else (),
        sites=[site.pk] if kind is Kind.RESIDENT else (),
    )


def visible(role: Role, obj: str, place: str) -> bool:
    """Whether the role's scope shows the object: stated from the plan, independent of both walls."""
    kind = ROLES[role].kind
    if (
        obj == "change" and place != MISSING
    ):  # a value holds for the nation or an area: all officials may read it
        return kind in {Kind.STAFF, Kind.OVERSIGHT}
    if place == MISSING or role in WITHOUT_REACH:
        return False
    if kind is Kind.ADMIN:
        return obj in OPEN_TO_ADMIN
    if kind in {Kind.ENTERPRISE, Kind.RESIDENT}:
        return place == OWN and kind in OPEN_TO[obj]
    if kind not in {Kind.STAFF, Kind.OVERSIGHT}:
        return False
    if role is Role.OVERSIGHT:
        reach = RIZHAO
    elif role is Role.FOUR_ENTRY_MEMBER:
        reach = DONGGANG
    else:
        reach = {Level.PROVINCE: 370000, Level.CITY: RIZHAO, Level.COUNTY: DONGGANG}[
            ROLES[role].levels[0]
        ]
    # A batch hangs on the importing city's region, above any county.
    region = PLACES[place] // 100 * 100 if obj == "batch" else PLACES[place]
    return reach in {region, region // 100 * 100, 370000 if reach == 370000 else -1}


assert LINYI == LANSHAN_LINYI // 100 * 100
