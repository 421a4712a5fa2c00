"""Appointing (S1, G1): never oneself, never across spheres, one holder at a time, in one's own scope only."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count

import pytest
from django.db import IntegrityError, connection, transaction

from hengjian.kernel.access.actor import Actor, worker
from hengjian.kernel.access.declare import Role
from hengjian.kernel.access.models import Account, Duty
from hengjian.kernel.access.selectors import actor_for, duties_of
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.errors import NotPermitted, NotVisible, ValidationFailed
from hengjian.kernel.people.models import Person, Post, Term
from hengjian.kernel.people.selectors import people_to_appoint, post_page, vacancies
from hengjian.kernel.people.services import (
    appoint,
    create_organ,
    create_post,
    end_term,
    register_person,
)
from tests.support.cast import DONGGANG, LINYI, PROVINCE, RIZHAO, account, actor, actor_of
from tests.support.roles import acting

pytestmark = [pytest.mark.django_db, pytest.mark.clause("S1")]
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
_numbers = count(1)
TODAY, START = date(2026, 11, 23), date(2026, 1, 1)


def a_post(region: int = RIZHAO, role: Role = Role.CITY_OFFICER, title: str = "经办") -> Post:
    admin = actor(Role.SYSTEM_ADMIN)
    organ = create_organ(
        actor=admin, name=f"测试单位{next(_numbers)}", department="drc", region=region, now=NOW
    )
    return create_post(actor=admin, organ=organ, title=title, role=role, now=NOW)


def a_person(name: str = "张三", region: int = RIZHAO, who: Account | None = None) -> Person:
    return register_person(actor=worker("test"), name=name, region=region, account=who, now=NOW)


def put(
    who: Actor,
    person: Person,
    post: Post,
    since: date = START,
    until: date | None = None,
    *,
    substitute: bool = False,
) -> Term:
    """As in a request: under the actor's own database role."""
    with acting(who):
        return appoint(
            actor=who,
            person=person,
            post=post,
            valid_from=since,
            valid_to=until,
            substitute=substitute,
            basis="测试文件〔2026〕1号",
            now=NOW,
        )


def test_an_appointment_gives_the_duty_its_reach_and_a_trace() -> None:
    holder = account(Role.COUNTY_OFFICER)
    post = a_post()
    term = put(actor(Role.DRC_OFFICER), a_person(who=holder), post)
    assert term.duty is not None
    acts = actor_for(holder, term.duty, TODAY)
    assert (acts.role, acts.home_region) == (Role.CITY_OFFICER, RIZHAO)
    assert {RIZHAO, DONGGANG} <= set(acts.regions)
    assert LINYI not in acts.regions
    entry = Entry.objects.get(verb="people.term.appoint")
    assert (entry.subject, entry.region, entry.reason) == (
        f"people.post:{post.pk}",
        RIZHAO,
        "测试文件〔2026〕1号",
    )


def test_nobody_appoints_himself() -> None:
    own = account(Role.DRC_OFFICER)
    who, person = actor_of(own), a_person("自己", PROVINCE, own)
    with pytest.raises(NotPermitted) as refused:
        put(who, person, a_post())
    assert refused.value.refusal
    assert Term.objects.count() == 0
    assert str(person.pk) not in {key for key, _name in people_to_appoint(who, a_post())}


def test_several_accounts_of_one_sphere_in_another_post_and_several_posts_at_once() -> None:
    holder = account(Role.CITY_OFFICER)
    person = a_person(who=holder)
    lead = actor(Role.DRC_LEAD)
    put(lead, person, a_post(title="第一岗"))
    put(lead, person, a_post(DONGGANG, Role.COUNTY_LEAD, "第二岗"))
    held = duties_of(holder, TODAY)
    assert [d.role for d in held] == [Role.CITY_OFFICER, Role.CITY_OFFICER, Role.COUNTY_LEAD]
    assert RIZHAO not in actor_for(holder, held[-1], TODAY).regions, "each post its own scope"


@pytest.mark.parametrize(
    ("sphere_of", "post_role"),
    [
        (Role.SYSTEM_ADMIN, Role.CITY_OFFICER),
        (Role.SECURITY_ADMIN, Role.DRC_LEAD),
        (Role.AUDIT_ADMIN, Role.OVERSIGHT),
        (Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN),
        (Role.CITY_OFFICER, Role.SYSTEM_ADMIN),
    ],
)
def test_an_account_stays_in_its_sphere(sphere_of: Role, post_role: Role) -> None:
    person = a_person(who=account(sphere_of), region=PROVINCE)
    with pytest.raises(NotPermitted):
        put(actor(Role.DRC_LEAD), person, a_post(PROVINCE, post_role))
    assert Term.objects.count() == 0


@pytest.mark.parametrize(
    ("role", "sphere", "constraint"),
    [
        ("city_officer", "business", "access_duty_sphere_of_account"),
        ("city_officer", "system", "access_duty_sphere_of_role"),
        ("audit_admin", "system", "access_duty_sphere_of_role"),
        ("audit_admin", "audit", "access_duty_sphere_of_account"),
    ],
)
def test_the_database_itself_keeps_the_spheres_apart(
    role: str, sphere: str, constraint: str
) -> None:
    admin = account(Role.SYSTEM_ADMIN)
    with (
        pytest.raises(IntegrityError, match=constraint),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO access_duty (account_id, role, sphere, post, valid_from) "
            "VALUES (%s, %s, %s, 'x', '2026-01-01')",
            [admin.pk, role, sphere],
        )


def test_neither_can_the_sphere_of_an_account_or_a_duty_be_changed_afterwards() -> None:
    admin = account(Role.SYSTEM_ADMIN)
    for statement in (
        "UPDATE access_account SET sphere = 'business' WHERE id = %s",
        "UPDATE access_duty SET sphere = 'business', role = 'city_officer' WHERE account_id = %s",
    ):
        with (
            pytest.raises(IntegrityError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, [admin.pk])
    with connection.cursor() as cursor:  # the control: a row in order goes in
        cursor.execute(
            "INSERT INTO access_duty (account_id, role, sphere, post, valid_from) "
            "VALUES (%s, 'system_admin', 'system', 'x', '2026-01-01')",
            [admin.pk],
        )
    assert Duty.objects.filter(account=admin).count() == 2


@pytest.mark.parametrize(
    ("since", "until", "free"),
    [
        (date(2026, 3, 1), date(2026, 4, 1), False),
        (date(2026, 6, 30), None, False),
        (date(2025, 1, 1), date(2026, 1, 1), False),
        (date(2025, 1, 1), None, False),
        (date(2026, 7, 1), None, True),
        (date(2025, 1, 1), date(2025, 12, 31), True),
    ],
)
def test_a_post_has_one_holder_on_each_day(since: date, until: date | None, free: bool) -> None:
    lead, post = actor(Role.DRC_LEAD), a_post()
    put(lead, a_person("在任"), post, START, date(2026, 6, 30))
    if free:
        put(lead, a_person("后任"), post, since, until)
    else:
        with pytest.raises(ValidationFailed):
            put(lead, a_person("后任"), post, since, until)
    assert Term.objects.filter(post=post).count() == 1 + free


def test_a_substitute_may_serve_beside_the_holder() -> None:
    lead, post = actor(Role.DRC_LEAD), a_post()
    put(lead, a_person("在任"), post)
    put(lead, a_person("代理"), post, date(2026, 11, 1), date(2026, 11, 30), substitute=True)
    row = next(iter(post_page(lead, today=TODAY).object_list))
    assert row.person == "在任"


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [(TODAY, date(2026, 11, 1), "valid_to"), (TODAY, None, "person")],
)
def test_impossible_terms_are_said_to_the_field(
    since: date, until: date | None, field: str
) -> None:
    """Ending before the beginning; the same person in the same post from the same day."""
    lead, post, person = actor(Role.DRC_LEAD), a_post(), a_person()
    put(lead, person, post, TODAY, TODAY, substitute=True)
    with pytest.raises(ValidationFailed) as refused:
        put(lead, person, post, since, until, substitute=True)
    assert [e.field for e in refused.value.errors] == [field]


def test_a_closed_post_takes_nobody() -> None:
    post = a_post()
    Post.objects.filter(pk=post.pk).update(closed_on=date(2026, 6, 1))
    lead = actor(Role.DRC_LEAD)
    for since, until in ((date(2026, 6, 1), None), (START, None)):
        with pytest.raises(ValidationFailed):
            put(lead, a_person(), post, since, until)
    put(lead, a_person(), post, START, date(2026, 5, 31))


def test_each_level_appoints_within_its_own_scope_only() -> None:
    post = a_post()
    put(actor(Role.CITY_OFFICER), a_person(), post)
    for stranger in (actor(Role.CITY_OFFICER, region=LINYI), actor(Role.COUNTY_OFFICER)):
        with pytest.raises(NotVisible):
            put(stranger, a_person("外来"), post, substitute=True)
    for role in (Role.OVERSIGHT, Role.DEPARTMENT_OFFICER, Role.ENTERPRISE_REPORTER):
        with pytest.raises(NotPermitted):
            put(actor(role), a_person("外来"), post, substitute=True)
    assert Term.objects.count() == 1


@pytest.mark.parametrize("role", [Role.DRC_LEAD, Role.OVERSIGHT, Role.SYSTEM_ADMIN])
def test_nobody_appoints_to_a_post_above_or_beside_his_own(role: Role) -> None:
    """A city officer's scope holds posts of the city and below: none with the province's reach."""
    with pytest.raises(NotVisible):
        put(actor(Role.CITY_OFFICER), a_person(), a_post(PROVINCE, role))


def test_ending_needs_a_reason_and_keeps_the_row() -> None:
    holder = account(Role.COUNTY_OFFICER)
    lead, post = actor(Role.DRC_LEAD), a_post()
    term = put(lead, a_person(who=holder), post)
    for reason, day in ((" ", TODAY), ("调离", date(2025, 12, 31))):
        with pytest.raises(ValidationFailed), acting(lead):
            end_term(actor=lead, term=term, last_day=day, reason=reason, now=NOW)
    with acting(lead):
        end_term(actor=lead, term=term, last_day=TODAY, reason="调离", now=NOW)
    with pytest.raises(ValidationFailed), acting(lead):
        end_term(actor=lead, term=term, last_day=date(2027, 1, 1), reason="延长", now=NOW)
    assert Term.objects.get(pk=term.pk).valid_to == TODAY
    assert Role.CITY_OFFICER in {d.role for d in duties_of(holder, TODAY)}
    after = duties_of(holder, date(2026, 11, 24))
    assert [d.role for d in after] == [Role.COUNTY_OFFICER], "the reach ends with the term"
    assert Entry.objects.get(verb="people.term.end").reason == "调离"
    with pytest.raises(NotVisible), acting(stranger := actor(Role.CITY_OFFICER, region=LINYI)):
        end_term(actor=stranger, term=term, last_day=TODAY, reason="越权", now=NOW)


def test_nobody_ends_a_term_by_shortening_it_for_himself_unseen() -> None:
    """Ending one's own term is allowed (resigning), and recorded with name and reason."""
    own = account(Role.CITY_OFFICER)
    term = put(actor(Role.DRC_LEAD), a_person(who=own), a_post())
    who = actor_of(own)
    with acting(who):
        end_term(actor=who, term=term, last_day=TODAY, reason="辞任", now=NOW)
    assert Entry.objects.get(verb="people.term.end").actor_account == own.pk


@pytest.mark.clause("G1")
def test_vacancies_are_counted_and_listed() -> None:
    lead = actor(Role.DRC_LEAD)
    held, vacant, lapsed, covered = (a_post(title=t) for t in ("有人", "无人", "到期", "代管"))
    put(lead, a_person("甲"), held)
    put(lead, a_person("乙"), lapsed, START, date(2026, 11, 22))
    put(lead, a_person("丙"), covered, until=TODAY, substitute=True)
    with acting(lead):
        rows = {r.title: r.state_text for r in post_page(lead, today=TODAY)}
        listed = {r.title for r in post_page(lead, today=TODAY, vacant=True)}
        counted = vacancies(lead, TODAY)
    assert rows == {"有人": "在岗", "无人": "空缺", "到期": "空缺", "代管": "空缺"}
    assert listed == {"无人", "到期", "代管"}
    assert counted == len(listed), "the count and the list agree: a substitute fills no post"
    assert vacant.title in listed


def test_a_person_is_registered_within_the_own_area_and_leaves_a_trace() -> None:
    officer = actor(Role.CITY_OFFICER)
    with acting(officer):
        person = register_person(actor=officer, name="王五", region=DONGGANG, account=None, now=NOW)
    entry = Entry.objects.get(verb="people.person.register")
    assert (entry.subject, entry.region) == (f"people.person:{person.pk}", DONGGANG)
    assert "王五" in entry.canon
    with pytest.raises(NotVisible):
        register_person(actor=officer, name="王五", region=LINYI, account=None, now=NOW)
    with pytest.raises(NotPermitted):
        register_person(
            actor=actor(Role.ENTERPRISE_REPORTER),
            name="王五",
            region=DONGGANG,
            account=None,
            now=NOW,
        )
    assert Person.objects.filter(name="王五").count() == 1


def test_a_second_organ_of_one_name_is_said_to_the_field() -> None:
    organ = a_post().organ
    admin = actor(Role.SYSTEM_ADMIN)
    with pytest.raises(ValidationFailed) as caught, acting(admin):
        create_organ(actor=admin, name=organ.name, department="iit", region=RIZHAO, now=NOW)
    assert [fault.field for fault in caught.value.errors] == ["name"]
    elsewhere = create_organ(actor=admin, name=organ.name, department="iit", region=LINYI, now=NOW)
    assert elsewhere.pk != organ.pk
