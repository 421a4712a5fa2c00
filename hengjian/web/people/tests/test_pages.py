"""Pages of posts and people (S1, G1): list, one post, appointing and ending over HTTP."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hengjian.kernel.access.actor import worker
from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.people.models import Organ, Person, Post, Term
from hengjian.kernel.people.services import appoint
from tests.support.cast import LINYI, RIZHAO, HouseClient, account

pytestmark = [pytest.mark.django_db, pytest.mark.clause("S1")]
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


def posts(number: int, *, region: int = RIZHAO, held: bool = False) -> list[Post]:
    organ = Organ(name=f"测试单位{uuid4().hex[:8]}", department="drc", region_id=region)
    organ.save(force_insert=True)
    made = []
    for index in range(number):
        post = Post(organ=organ, title=f"岗位{index:03}", role=Role.CITY_OFFICER, region_id=region)
        post.save(force_insert=True)
        made.append(post)
        if held:
            person = Person(name=f"人员{index:03}", region_id=region)
            person.save(force_insert=True)
            appoint(
                actor=worker("test"), person=person, post=post, valid_from=date(2026, 1, 1), now=NOW
            )
    return made


def form(person: Person, /, **changes: str) -> dict[str, str]:
    given = {"person": str(person.pk), "valid_from": "2026-11-23", "basis": "测试文件"}
    return {**given, **changes}


@pytest.fixture
def person() -> Person:
    made = Person(name="李四", region_id=RIZHAO, account=account(Role.COUNTY_OFFICER))
    made.save(force_insert=True)
    return made


def test_an_officer_appoints_and_ends_over_the_pages(client: HouseClient, person: Person) -> None:
    client.sign_in(account(Role.CITY_OFFICER))
    (post,) = posts(1)
    page = f"/people/posts/{post.pk}/"
    assert f'href="{page}"' in client.get("/people/posts/").content.decode()
    answer = client.post(f"{page}appoint/", form(person))
    assert (answer.status_code, answer["Location"]) == (302, page)
    term = Term.objects.get(post=post)
    assert (term.person_id, term.duty is not None) == (person.pk, True)
    shown = client.get(page).content.decode()
    assert "李四" in shown
    assert "任命" in shown
    end = f"/people/terms/{term.pk}/end/"
    assert client.post(end, {"last_day": "2026-11-23", "reason": ""}).status_code == 422
    assert client.post(end, {"last_day": "2026-11-23", "reason": "调离"}).status_code == 302
    term.refresh_from_db()
    assert term.valid_to == date(2026, 11, 23)
    assert sorted(
        Entry.objects.filter(subject=f"people.post:{post.pk}").values_list("verb", flat=True)
    ) == ["people.term.appoint", "people.term.end"]


@pytest.mark.parametrize(
    "changes",
    [
        {"valid_from": "2026-13-01"},
        {"valid_to": "2026-11-01"},
        {"person": "00000000-0000-0000-0000-000000000000"},
        {"person": "nobody"},
        {"basis": ""},
    ],
)
def test_faults_are_said_and_nothing_is_kept(
    client: HouseClient, person: Person, changes: dict[str, str]
) -> None:
    client.sign_in(account(Role.CITY_OFFICER))
    (post,) = posts(1)
    answer = client.post(f"/people/posts/{post.pk}/appoint/", form(person, **changes))
    assert answer.status_code == 422
    assert Term.objects.count() == 0


def test_nobody_appoints_himself_over_http(client: HouseClient) -> None:
    own = account(Role.CITY_OFFICER)
    me = Person(name="我", region_id=RIZHAO, account=own)
    me.save(force_insert=True)
    (post,) = posts(1)
    answer = client.sign_in(own).post(f"/people/posts/{post.pk}/appoint/", form(me))
    assert answer.status_code in {403, 422}
    assert Term.objects.count() == 0


def test_another_city_finds_nothing(client: HouseClient, person: Person) -> None:
    (post,) = posts(1, held=True)
    term = Term.objects.get(post=post)
    client.sign_in(account(Role.CITY_OFFICER, region=LINYI))
    assert post.title not in client.get("/people/posts/").content.decode()
    same = {"X-Request-ID": "same-request"}
    there = client.get(f"/people/posts/{post.pk}/", headers=same)
    missing = client.get(f"/people/posts/{uuid4()}/", headers=same)
    assert (there.status_code, there.content) == (404, missing.content)
    assert client.post(f"/people/posts/{post.pk}/appoint/", form(person)).status_code == 404
    answer = client.post(
        f"/people/terms/{term.pk}/end/", {"last_day": "2026-11-23", "reason": "越权"}
    )
    assert answer.status_code == 404
    term.refresh_from_db()
    assert term.valid_to is None


@pytest.mark.parametrize("role", [Role.OVERSIGHT, Role.FOUR_ENTRY_MEMBER])
def test_readers_see_no_forms_and_may_not_act(
    client: HouseClient, person: Person, role: Role
) -> None:
    (post,) = posts(1, held=True)
    client.sign_in(account(role, region=RIZHAO, mfa=True))
    shown = client.get(f"/people/posts/{post.pk}/")
    assert shown.status_code == 200
    assert "/appoint/" not in shown.content.decode()
    assert client.post(f"/people/posts/{post.pk}/appoint/", form(person)).status_code == 403
    assert Entry.objects.filter(refused=True, verb="people.term.appoint").count() == 1


@pytest.mark.clause("G1")
def test_vacancies_are_shown_and_filtered(client: HouseClient) -> None:
    held, vacant = posts(1, held=True)[0], posts(2)[1]
    client.sign_in(account(Role.CITY_OFFICER))
    everything = client.get("/people/posts/").content.decode()
    assert "空缺" in everything
    only = client.get("/people/posts/?state=vacant").content.decode()
    assert f"/people/posts/{vacant.pk}/" in only
    assert f"/people/posts/{held.pk}/" not in only
    assert "人员000" in client.get("/people/posts/?q=人员000").content.decode()


def queries(client: HouseClient, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_the_list_asks_as_often_for_fifty_posts_as_for_five(client: HouseClient) -> None:
    client.sign_in(account(Role.CITY_OFFICER))
    posts(5, held=True)
    client.get("/people/posts/")
    few = queries(client, "/people/posts/")
    posts(45, held=True)
    assert queries(client, "/people/posts/") == few


def test_a_post_asks_as_often_for_fifty_terms_as_for_five(client: HouseClient) -> None:
    client.sign_in(account(Role.CITY_OFFICER))
    (post,) = posts(1)

    def terms(first: int, number: int) -> None:
        for index in range(first, first + number):
            someone = Person(name=f"历任{index}", region_id=RIZHAO)
            someone.save(force_insert=True)
            day = date(1990 + index // 12, index % 12 + 1, 1)
            appoint(
                actor=worker("test"),
                person=someone,
                post=post,
                valid_from=day,
                valid_to=day,
                now=NOW,
            )

    terms(0, 5)
    client.get(f"/people/posts/{post.pk}/")
    few = queries(client, f"/people/posts/{post.pk}/")
    terms(5, 45)
    assert queries(client, f"/people/posts/{post.pk}/") == few
