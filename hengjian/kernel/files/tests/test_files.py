"""Taking in files: by content, once per object, safe before the row; both walls around the rows."""

from __future__ import annotations

import hashlib
import io
import random
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django.fixtures import Settings

from hengjian.kernel.access.actor import Actor, worker
from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.errors import (
    Conflict,
    NotPermitted,
    NotVisible,
    TooLarge,
    Unavailable,
    ValidationFailed,
)
from hengjian.kernel.files.models import File
from hengjian.kernel.files.rules import MediaType, clean_name, sniff
from hengjian.kernel.files.selectors import files_of, open_file, path_of
from hengjian.kernel.files.services import store
from hengjian.kernel.files.tests.bad_images import ACCEPTED, REFUSED, SCRIPT
from hengjian.kernel.files.tests.hostile import archive, parts, sheet_xml
from hengjian.registry.tests.factories import make_site
from tests.support.cast import LINYI, RIZHAO, actor
from tests.support.roles import acting

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
PDF = b"%PDF-1.7\n%%EOF\n"
WORKBOOK = archive(parts(sheet_xml([["a", "b"]])))
database = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    place = tmp_path / "files"
    settings.FILES_DIR = place
    return place


def send(
    who: Actor,
    content: bytes,
    name: str = "照片.jpg",
    subject: str = "cases.problem:1",
    *,
    region: int = RIZHAO,
) -> File:
    with acting(who):
        return store(
            actor=who,
            subject=subject,
            name=name,
            stream=io.BytesIO(content),
            region=region,
            enterprise=None,
            site=None,
            now=NOW,
        )


def kept(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file()] if folder.exists() else []


def zipped(names: list[str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\xff\xd8\xff\xe0rest", MediaType.JPEG),
        (b"\x89PNG\r\n\x1a\nrest", MediaType.PNG),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", MediaType.WEBP),
        (PDF, MediaType.PDF),
        (WORKBOOK, MediaType.XLSX),
        ("日期,产量\n2026-11-22,12\n".encode(), MediaType.TEXT),
        ("日期,产量\n2026-11-22,12\n".encode("gb18030"), MediaType.TEXT),
        (b"", None),
        (b"  \n", None),
        (b"GIF89a\x01\x00\x01\x00", None),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", None),
        (b"BM\x00\x00\x00", None),
        (b"MZ\x90\x00\x03", None),
        (b"\x7fELF\x02\x01", None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None),
        (b"\x00PDF-1.7", None),
        (b"junk before %PDF-1.7\x00", None),
        (b" <svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", None),
        (b"<!doctype html><script>alert(1)</script>", None),
        ("<html>".encode("utf-8-sig"), None),
        (b"text\x00with nul", None),
        (b"\x1b]0;escape\x07", None),
        (b"\xff\xfea\x00b\x00", None),
        (b"PK\x03\x04broken", None),
        (zipped(["word/document.xml", "[Content_Types].xml"]), None),
        (zipped(["xl/workbook.xml", "[Content_Types].xml", "xl/vbaProject.bin"]), None),
        (zipped(["evil.exe"]), None),
    ],
)
def test_the_kind_is_told_by_the_bytes(content: bytes, expected: MediaType | None) -> None:
    assert sniff(content) is expected


@pytest.mark.parametrize(
    ("sent", "media_type", "expected"),
    [
        ("照片 1.JPG", MediaType.JPEG, "照片 1.jpg"),
        ("../../etc/passwd", MediaType.TEXT, "passwd.txt"),
        ("C:\\Users\\王\\台账.csv", MediaType.TEXT, "台账.csv"),
        ("run.bat", MediaType.TEXT, "run.bat.txt"),
        ("photo.png", MediaType.JPEG, "photo.png.jpg"),
        ("a\u202egpj.exe", MediaType.PNG, "agpj.exe.png"),
        ("a\r\nSet-Cookie: x=1\x00.pdf", MediaType.PDF, "aSet-Cookie_ x=1.pdf"),
        ('"<b>".pdf', MediaType.PDF, "__b__.pdf"),
        ("", MediaType.JPEG, "附件.jpg"),
        ("..", MediaType.PDF, "附件.pdf"),
        (".pdf", MediaType.PDF, "附件.pdf"),
        ("con.txt", MediaType.TEXT, "附件con.txt"),
        ("\ud800\u200b.jpg", MediaType.JPEG, "附件.jpg"),
    ],
)
def test_names_are_cleaned(sent: str, media_type: MediaType, expected: str) -> None:
    assert clean_name(sent, media_type) == expected


def test_a_long_name_fits_every_file_system() -> None:
    name = clean_name("衡" * 500 + ".xlsx", MediaType.XLSX)
    assert name.endswith("衡.xlsx")
    assert len(name.encode()) <= 255


@database
@pytest.mark.parametrize("kind", ACCEPTED)
def test_the_original_stays_as_it_came_and_is_never_served(kind: str) -> None:
    who, content = actor(Role.CITY_OFFICER), ACCEPTED[kind](random.Random(3))
    file = send(who, content, name="x.exe", subject=f"t:{kind}")
    original = path_of(file.sha256)
    assert original.read_bytes() == content
    assert file.sha256 == hashlib.sha256(content).hexdigest() == original.name
    served = open_file(who, file.pk)
    assert served.path.name == file.served_sha256 != file.sha256
    assert hashlib.sha256(served.path.read_bytes()).hexdigest() == file.served_sha256
    assert SCRIPT not in served.path.read_bytes()
    assert (SCRIPT in content) == (kind in {"polyglot", "text chunks"}), "what was there to remove"
    assert served.media_type == sniff(content)
    assert original.stat().st_mode & 0o777 == 0o440


@database
def test_what_is_no_image_is_served_as_it_came() -> None:
    who = actor(Role.CITY_OFFICER)
    for content, name, inline in ((PDF, "报告.pdf", True), (WORKBOOK, "台账.xlsx", False)):
        served = open_file(who, send(who, content, name).pk)
        assert (served.path.read_bytes(), served.name, served.inline) == (content, name, inline)


@database
@pytest.mark.parametrize(
    "content", [b"", b"MZ\x90\x00", *(f(random.Random(1)) for f in REFUSED.values())]
)
def test_a_refused_file_leaves_nothing(content: bytes, folder: Path) -> None:
    with pytest.raises(ValidationFailed):
        send(actor(Role.CITY_OFFICER), content)
    assert (kept(folder), File.objects.count()) == ([], 0)
    assert not Entry.objects.filter(verb="files.file.store").exists()


@database
def test_the_size_limit_is_a_limit(settings: Settings, folder: Path) -> None:
    settings.UPLOAD_LIMIT_BYTES = 1000
    who = actor(Role.CITY_OFFICER)
    with pytest.raises(TooLarge):
        send(who, b"a" * 1001)
    assert kept(folder) == []
    assert send(who, b"a" * 1000).size == 1000


@database
def test_the_same_content_for_the_same_object_is_one_file() -> None:
    who = actor(Role.CITY_OFFICER)
    first = send(who, PDF, "甲.pdf", "t:1")
    assert send(who, PDF, "乙.pdf", "t:1").pk == first.pk
    other = send(who, PDF, "乙.pdf", "t:2")
    assert (other.pk != first.pk, other.sha256) == (True, first.sha256)
    assert [(r.name, r.size) for r in files_of(who, "t:1")] == [("甲.pdf", len(PDF))]
    entries = Entry.objects.filter(verb="files.file.store")
    assert sorted(e.subject for e in entries) == ["t:1", "t:2"]
    assert all(first.sha256 in e.canon for e in entries)


@database
def test_a_row_that_the_sender_cannot_see_is_not_shown_to_him() -> None:
    send(actor(Role.CITY_OFFICER), PDF, subject="t:1")
    with pytest.raises(Conflict):
        send(actor(Role.CITY_OFFICER, region=LINYI), PDF, subject="t:1", region=LINYI)
    assert File.objects.count() == 1


@database
def test_a_crash_before_the_commit_leaves_no_row(folder: Path) -> None:
    who = actor(Role.CITY_OFFICER)

    def crash_after_store() -> None:
        with transaction.atomic():
            send(who, PDF)
            assert File.objects.count() == 1
            raise RuntimeError("power")

    with pytest.raises(RuntimeError, match="power"):
        crash_after_store()
    assert File.objects.count() == 0
    assert not Entry.objects.filter(verb="files.file.store").exists()
    assert [p.read_bytes() for p in kept(folder)] == [PDF]
    assert open_file(who, send(who, PDF).pk).path.read_bytes() == PDF


@database
def test_a_disk_that_does_not_take_it_is_said_and_leaves_no_row(folder: Path) -> None:
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file where the folder should be")
    with pytest.raises(Unavailable):
        send(actor(Role.CITY_OFFICER), PDF)
    assert File.objects.count() == 0


@database
def test_a_lost_content_is_said(folder: Path) -> None:
    who = actor(Role.CITY_OFFICER)
    file = send(who, PDF)
    path_of(file.sha256).unlink()
    with pytest.raises(Unavailable):
        open_file(who, file.pk)


@database
@pytest.mark.clause("G2")
def test_both_walls_agree_on_who_sees_a_file() -> None:
    place = make_site()
    enterprise, site = place.enterprise_id, place.pk
    sender = actor(Role.ENTERPRISE_REPORTER, enterprises=[enterprise])
    with acting(sender):
        store(
            actor=sender, subject="own", name="照片.pdf", stream=io.BytesIO(PDF), region=place.region_id,
            enterprise=enterprise, site=site, now=NOW, for_resident=True,
        )  # fmt: skip
    city = actor(Role.CITY_OFFICER)
    send(city, PDF, subject="internal")
    with acting(city):
        store(
            actor=city, subject="case", name="照片.pdf", stream=io.BytesIO(PDF), region=place.region_id,
            enterprise=None, site=site, now=NOW,
        )  # fmt: skip
    expected = [
        (sender, {"own"}),
        (actor(Role.ENTERPRISE_REVIEWER, enterprises=[enterprise]), {"own"}),
        (actor(Role.ENTERPRISE_REPORTER, enterprises=[uuid4()]), set()),
        (actor(Role.RESIDENT_SUPERVISOR, sites=[site]), {"own"}),
        (actor(Role.RESIDENT_SUPERVISOR, sites=[uuid4()]), set()),
        (city, {"own", "internal", "case"}),
        (actor(Role.CITY_OFFICER, region=LINYI), set()),
        (actor(Role.DRC_OFFICER), {"own", "internal", "case"}),
        (actor(Role.OVERSIGHT), {"own", "internal", "case"}),
        (worker("test"), {"own", "internal", "case"}),
    ]
    for who, subjects in expected:
        assert {f.subject for f in File.objects.visible_to(who)} == subjects, who.role
        with acting(who):
            assert {f.subject for f in File.objects.all()} == subjects, who.role


@database
def test_another_city_gets_what_a_missing_id_gets() -> None:
    file = send(actor(Role.CITY_OFFICER), PDF)
    stranger = actor(Role.CITY_OFFICER, region=LINYI)
    for file_id in (file.pk, uuid4()):
        with pytest.raises(NotVisible), acting(stranger):
            open_file(stranger, file_id)
    with pytest.raises(NotVisible):
        send(stranger, PDF, region=RIZHAO)
    for role in (Role.SYSTEM_ADMIN, Role.EXPERT):
        with pytest.raises(NotPermitted):
            open_file(actor(role), file.pk)
    with pytest.raises(NotPermitted):
        send(actor(Role.OVERSIGHT), PDF)


@database
def test_the_database_refuses_what_python_would_let_through() -> None:
    stranger = actor(Role.CITY_OFFICER, region=LINYI)
    file = send(actor(Role.CITY_OFFICER), PDF)
    forged = File(
        **{f.attname: getattr(file, f.attname) for f in File._meta.fields if f.name != "id"}
    )
    forged.subject = "forged"
    with pytest.raises(DatabaseError, match="row-level security"), acting(stranger):
        forged.save(force_insert=True)
    forged.site = uuid4()
    with pytest.raises(DatabaseError, match="follows_site"), transaction.atomic():
        forged.save(force_insert=True)
    for statement in ("UPDATE files_file SET name = 'x'", "DELETE FROM files_file"):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            acting(actor(Role.CITY_OFFICER)),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
