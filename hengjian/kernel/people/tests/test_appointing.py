"""Attacks by appointing (S1): one's overseer, one's superior, an administrator, the plant's man, a standing substitute."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest

from hengjian.kernel.access.actor import Actor, worker
from hengjian.kernel.access.declare import ADMINISTRATORS, Role
from hengjian.kernel.access.models import Duty
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.errors import NotPermitted, ValidationFailed
from hengjian.kernel.people.models import Organ, Person, Post, Term
from hengjian.kernel.people.permissions import APPOINTERS
from hengjian.kernel.people.rules import FILLS
from hengjian.kernel.people.selectors import people_to_appoint
from hengjian.kernel.people.services import appoint, end_term, register_person
from tests.support.cast import DONGGANG, PROVINCE, RIZHAO, HouseClient, account, actor
from tests.support.roles import acting

pytestmark = [pytest.mark.django_db, pytest.mark.clause("S1")]
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
START = date(2026, 11, 1)
_PLANT = UUID("00000000-0000-7000-8000-000000000001")


def a_post(role: Role, region: int, enterprise: UUID | None = None) -> Post:
    organ = Organ(
        name=f"测试单位{uuid4().hex}", department="other", region_id=region, enterprise=enterprise
    )
    organ.save(force_insert=True)
    post = Post(organ=organ, title="测试岗", role=role, region_id=region, enterprise=enterprise)
    post.save(force_insert=True)
    return post


def a_person(
    region: int = DONGGANG, enterprise: UUID | None = None, role: Role | None = None
) -> Person:
    made = Person(
        name="某某",
        region_id=region,
        enterprise=enterprise,
        account=account(role) if role else None,
    )
    made.save(force_insert=True)
    return made


def put(
    who: Actor, person: Person, post: Post, until: date | None = None, *, deputy: bool = False
) -> Term:
    with acting(who):
        return appoint(
            actor=who, person=person, post=post, valid_from=START, valid_to=until, substitute=deputy, now=NOW
        )  # fmt: skip


@pytest.mark.parametrize(
    ("who", "role", "region"),
    [
        (Role.CITY_OFFICER, Role.OVERSIGHT, RIZHAO),
        (Role.CITY_OFFICER, Role.FOUR_ENTRY_MEMBER, DONGGANG),
        (Role.CITY_OFFICER, Role.GROUP_MEMBER, DONGGANG),
        (Role.CITY_OFFICER, Role.DRC_OFFICER, RIZHAO),
        (Role.COUNTY_OFFICER, Role.COUNTY_LEAD, DONGGANG),
        (Role.COUNTY_OFFICER, Role.CITY_OFFICER, DONGGANG),
        (Role.COUNTY_OFFICER, Role.OVERSIGHT, DONGGANG),
        (Role.DRC_LEAD, Role.OVERSIGHT, PROVINCE),
        (Role.SYSTEM_ADMIN, Role.CITY_OFFICER, RIZHAO),
        (Role.SYSTEM_ADMIN, Role.DRC_OFFICER, PROVINCE),
    ],
)
def test_nobody_chooses_his_overseer_his_superior_or_a_sphere_that_is_not_his(
    who: Role, role: Role, region: int
) -> None:
    """As a crafted POST would: the post lies within the scope, the verb is held."""
    post, person, appointer = a_post(role, region), a_person(region), actor(who)
    with pytest.raises(NotPermitted):
        put(appointer, person, post)
    assert not Term.objects.exists()
    held = put(worker("test"), person, post)
    with pytest.raises(NotPermitted), acting(appointer):
        end_term(actor=appointer, term=held, last_day=START, reason="清除", now=NOW)


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_no_official_appoints_administrators(role: Role) -> None:
    person = a_person(PROVINCE, role=role)
    before = Duty.objects.count()
    with pytest.raises(NotPermitted):
        put(actor(Role.DRC_LEAD), person, a_post(role, PROVINCE))
    assert Duty.objects.count() == before + 1, "only the appointer's own duty came"


def test_the_rules_name_exactly_those_who_hold_the_verb() -> None:
    assert set(FILLS) == set(APPOINTERS)
    assert all(
        not roles & ADMINISTRATORS for role, roles in FILLS.items() if role is not Role.SYSTEM_ADMIN
    )


def test_the_refusal_is_kept(client: HouseClient) -> None:
    post, person = a_post(Role.OVERSIGHT, RIZHAO), a_person(RIZHAO)
    client.sign_in(account(Role.CITY_OFFICER))
    page = f"/people/posts/{post.pk}/"
    given = {"person": str(person.pk), "valid_from": "2026-11-23", "basis": "测试"}
    assert client.post(f"{page}appoint/", given).status_code == 403
    assert Entry.objects.get(refused=True).subject == f"people.post:{post.pk}"
    assert f"{page}appoint/" not in client.get(page).content.decode(), "and no form is offered"


def test_the_plants_people_hold_the_plants_posts_only() -> None:
    """Else the reporter becomes the officer who judges his reports; nor may an official report for a plant."""
    officer = actor(Role.CITY_OFFICER)
    firms, ours = a_person(enterprise=_PLANT), a_person()
    for person, post in (
        (firms, a_post(Role.COUNTY_OFFICER, DONGGANG)),
        (firms, a_post(Role.RESIDENT_SUPERVISOR, DONGGANG)),
        (firms, a_post(Role.ENTERPRISE_REPORTER, DONGGANG, uuid4())),
        (ours, a_post(Role.ENTERPRISE_REPORTER, DONGGANG, _PLANT)),
    ):
        with pytest.raises(ValidationFailed) as refused:
            put(officer, person, post)
        assert [e.field for e in refused.value.errors] == ["person"]
        assert str(person.pk) not in {k for k, _n in people_to_appoint(officer, post)}
    own = a_post(Role.ENTERPRISE_REPORTER, DONGGANG, _PLANT)
    assert [k for k, _n in people_to_appoint(officer, own)] == [str(firms.pk)]
    assert put(officer, firms, own).duty is None


def test_a_substitute_is_one_and_for_a_time() -> None:
    officer, post = actor(Role.CITY_OFFICER), a_post(Role.COUNTY_OFFICER, DONGGANG)
    put(officer, a_person(), post)
    with pytest.raises(ValidationFailed) as refused:
        put(officer, a_person(), post, deputy=True)
    assert [e.field for e in refused.value.errors] == ["valid_to"]
    put(officer, a_person(), post, date(2026, 11, 30), deputy=True)
    with pytest.raises(ValidationFailed) as refused:
        put(officer, a_person(), post, date(2026, 12, 31), deputy=True)
    assert [e.field for e in refused.value.errors] == ["valid_from"]


def test_registering_a_person_is_in_the_history() -> None:
    person = register_person(
        actor=worker("test"), name="王五", region=RIZHAO, account=None, now=NOW
    )
    entry = Entry.objects.get(subject=f"people.person:{person.pk}")
    assert (entry.verb, entry.region) == ("people.person.register", RIZHAO)
