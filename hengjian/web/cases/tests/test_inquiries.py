"""Inquiry pages over HTTP: what the enterprise sees, its answer with files, what officials decide."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from hengjian.cases.models import Answer, Inquiry
from hengjian.cases.tests.factories import make_inquiry
from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.files.models import File
from hengjian.measures.permissions import Source
from hengjian.monitoring.tests.factories import make_alert
from hengjian.monitoring.tests.scene import DAY, OVER, days_to, make_works, report
from hengjian.registry.models import Site
from hengjian.registry.tests.factories import make_site
from tests.support.cast import LINYI, HouseClient, account

pytestmark = pytest.mark.django_db
LIST = "/cases/inquiries/"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def reporter_of(site: Site, client: HouseClient) -> HouseClient:
    return client.sign_in(account(Role.ENTERPRISE_REPORTER, enterprises=[site.enterprise_id]))


@pytest.mark.clause("E1")
def test_the_enterprise_sees_the_question_and_its_own_figures_only(client: HouseClient) -> None:
    site = make_works()
    report(site, days_to(DAY, 3), OVER)
    inquiry = make_inquiry(site)
    alert = make_alert(site, state="asked", inquiry=inquiry)
    page = reporter_of(site, client).get(f"{LIST}{inquiry.pk}/").content.decode()
    for part in (inquiry.question, inquiry.number, DAY.isoformat(), "498.36", 'name="answer"'):
        assert part in page, part
    for secret in (alert.number, str(alert.pk), alert.basis, alert.title, "950", "限额", "预警"):
        assert secret not in page, secret
    assert Source.RESIDENT.value not in page
    assert inquiry.title in client.get(LIST).content.decode()


def test_officials_find_the_alert_beside_it(client: HouseClient) -> None:
    site = make_site()
    inquiry = make_inquiry(site, state="answered")
    alert = make_alert(site, state="asked", inquiry=inquiry)
    page = client.sign_in(account(Role.CITY_OFFICER)).get(f"{LIST}{inquiry.pk}/").content.decode()
    assert f"/monitoring/alerts/{alert.pk}/" in page
    assert 'value="accept"' in page
    assert 'name="answer"' not in page


def test_answer_with_files_then_returned_then_accepted(client: HouseClient) -> None:
    site = make_site()
    inquiry = make_inquiry(site)
    own = reporter_of(site, client)
    address = f"{LIST}{inquiry.pk}/"
    sent = {"answer": "2 号炉检修", "attachments": [SimpleUploadedFile("检修.pdf", PDF)]}
    assert own.post(f"{address}answer/", sent).status_code == 302
    assert Answer.objects.get().text == "2 号炉检修"
    file = File.objects.get()
    assert file.subject == f"cases.answer:{Answer.objects.get().pk}"
    officer = HouseClient().sign_in(account(Role.CITY_OFFICER))
    for viewer in (own, officer):
        assert f"/files/{file.pk}/" in viewer.get(address).content.decode()
    decide = {"action": "return", "remark": "请附停复产记录"}
    assert officer.post(f"{address}decide/", decide).status_code == 422, "until when?"
    decide["deadline"] = "2026-11-30"
    assert officer.post(f"{address}decide/", decide).status_code == 302
    assert "请附停复产记录" in own.get(address).content.decode()
    assert own.post(f"{address}answer/", {"answer": "已附"}).status_code == 302
    assert officer.post(f"{address}decide/", {"action": "accept"}).status_code == 302
    assert own.post(f"{address}answer/", {"answer": "再补"}).status_code == 409
    assert Inquiry.objects.get().state == "accepted"
    assert Entry.objects.filter(refused=True, reason="wrong_state").count() == 1


@pytest.mark.parametrize(
    "sent",
    [
        {"answer": " "},
        {"answer": "好", "attachments": [SimpleUploadedFile("a.exe", b"MZ\x00\x01")]},
    ],
    ids=["no text", "no such file"],
)
def test_a_faulty_answer_stores_nothing(client: HouseClient, sent: dict[str, object]) -> None:
    site = make_site()
    inquiry = make_inquiry(site)
    answer = reporter_of(site, client).post(f"{LIST}{inquiry.pk}/answer/", sent)
    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert not Answer.objects.exists()
    assert not File.objects.exists()
    assert Inquiry.objects.get().state == "asked"


@pytest.mark.clause("E1")
def test_strangers() -> None:
    site = make_site(name="本市厂")
    inquiry = make_inquiry(site)
    address = f"{LIST}{inquiry.pk}/"
    foreign = account(Role.ENTERPRISE_REPORTER, enterprises=[make_site().enterprise_id])
    far = account(Role.CITY_OFFICER, region=LINYI)
    for stranger, answered, decided in ((far, 403, 404), (foreign, 404, 403)):
        browser = HouseClient().sign_in(stranger)
        assert browser.get(address).status_code == 404
        assert browser.post(f"{address}answer/", {"answer": "x"}).status_code == answered
        assert browser.post(f"{address}decide/", {"action": "accept"}).status_code == decided
        assert "本市厂" not in browser.get(f"{LIST}?tab=all").content.decode()
    officer = HouseClient().sign_in(account(Role.CITY_OFFICER))
    assert officer.post(f"{address}answer/", {"answer": "x"}).status_code == 403
    own = reporter_of(site, HouseClient())
    assert own.post(f"{address}decide/", {"action": "withdraw", "remark": "x"}).status_code == 403
    assert (
        HouseClient()
        .sign_in(account(Role.RESIDENT_SUPERVISOR, sites=[site.pk]))
        .get(address)
        .status_code
        == 403
    )
