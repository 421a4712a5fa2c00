"""Serving a file: its type, its name, nothing in it can act, nobody out of scope learns of it."""

from __future__ import annotations

import io
import random
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from django.http import FileResponse
from pytest_django.fixtures import Settings

from hengjian.kernel.access.declare import Role
from hengjian.kernel.access.models import Account
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.files.models import File
from hengjian.kernel.files.services import store
from hengjian.kernel.files.tests.bad_images import ACCEPTED, SCRIPT
from tests.support.cast import LINYI, RIZHAO, HouseClient, account, actor_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


@pytest.fixture
def officer(tmp_path: Path, settings: Settings) -> Account:
    settings.FILES_DIR = tmp_path / "files"
    return account(Role.CITY_OFFICER)


def stored(who: Account, content: bytes, name: str) -> File:
    return store(
        actor=actor_of(who),
        subject="cases.problem:1",
        name=name,
        stream=io.BytesIO(content),
        region=RIZHAO,
        enterprise=None,
        site=None,
        now=NOW,
    )


def body(response: object) -> bytes:
    assert isinstance(response, FileResponse)
    return b"".join(response.streaming_content)  # type: ignore[arg-type]  # synchronous


def test_a_photo_is_shown_without_what_it_carried(client: HouseClient, officer: Account) -> None:
    file = stored(officer, ACCEPTED["polyglot"](random.Random(1)), "现场照片.jpg")
    response = client.sign_in(officer).get(f"/files/{file.pk}/")
    assert response.status_code == 200
    assert SCRIPT not in body(response)
    assert response["Content-Type"] == "image/jpeg"
    assert response["Content-Disposition"].startswith("inline; filename*=utf-8''%E7%8E%B0")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    policy = response["Content-Security-Policy"].split("; ")
    assert {"default-src 'self'", "sandbox"} <= {part.strip() for part in policy}


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"%PDF-1.7\n%%EOF", "a.pdf", ("application/pdf", "inline")),
        (b"a,b\n1,2\n", "a.html", ("text/plain", "attachment")),
    ],
)
def test_only_images_and_pdf_are_shown(
    client: HouseClient, officer: Account, content: bytes, name: str, expected: tuple[str, str]
) -> None:
    response = client.sign_in(officer).get(f"/files/{stored(officer, content, name).pk}/")
    assert body(response) == content
    shown = (response["Content-Type"], response["Content-Disposition"].partition(";")[0])
    assert shown == expected
    assert not response["Content-Disposition"].rstrip('"').endswith(".html")


def test_another_city_and_a_missing_id_look_the_same(client: HouseClient, officer: Account) -> None:
    file = stored(officer, b"%PDF-1.7\n", "a.pdf")
    client.sign_in(account(Role.CITY_OFFICER, region=LINYI))
    answers = [
        client.get(f"/files/{key}/", headers={"X-Request-ID": "same-request"})
        for key in (file.pk, uuid4())
    ]
    assert [a.status_code for a in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_who_is_not_signed_in_or_has_no_right_gets_nothing(
    client: HouseClient, officer: Account
) -> None:
    file = stored(officer, b"%PDF-1.7\n", "a.pdf")
    assert client.get(f"/files/{file.pk}/")["Location"].startswith("/accounts/login/")
    client.sign_in(account(Role.SYSTEM_ADMIN))
    assert client.get(f"/files/{file.pk}/").status_code == 403
    assert Entry.objects.filter(verb="files.file.view", refused=True).count() == 1
