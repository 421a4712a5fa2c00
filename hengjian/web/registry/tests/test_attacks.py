"""What the plant's own people can read out of the pages of their site."""

from __future__ import annotations

import pytest

from hengjian.kernel.access.declare import Role
from hengjian.monitoring.tests.factories import make_alert
from hengjian.registry.tests.factories import make_site
from tests.support.cast import HouseClient, account

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", [Role.ENTERPRISE_REPORTER, Role.RESIDENT_SUPERVISOR])
def test_the_page_of_a_site_is_silent_about_alerts_to_its_own_people(
    client: HouseClient, role: Role
) -> None:
    """With and without an alert the same page; it used to say that there was none."""
    site = make_site(industry="cement")
    resident = role is Role.RESIDENT_SUPERVISOR
    theirs = account(
        role,
        sites=[site.pk] if resident else (),
        enterprises=() if resident else [site.enterprise_id],
    )
    client.sign_in(theirs)
    same = {"X-Request-ID": "same-request"}
    before = client.get(f"/registry/sites/{site.pk}/", headers=same)
    alert = make_alert(site)
    after = client.get(f"/registry/sites/{site.pk}/", headers=same)
    assert before.status_code == 200
    assert "预警" not in after.content.decode()
    assert alert.title not in after.content.decode()
    officer = HouseClient().sign_in(account(Role.CITY_OFFICER))
    assert "预警" in officer.get(f"/registry/sites/{site.pk}/").content.decode(), "the control"
