"""allauth tells of a new second factor after the request's transaction has committed, when no role is held any more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from hengjian.kernel.access.adapters import AccountAdapter
from hengjian.kernel.access.declare import Role
from hengjian.kernel.access.models import Account
from hengjian.kernel.audit.models import Entry
from tests.support import database
from tests.support.at_once import committed, own_connection
from tests.support.cast import account
from tests.support.plugin import SERVER


def _tell(name: str, who: Account) -> None:
    with own_connection(name):
        AccountAdapter().send_notification_mail("mfa/email/totp_activated", who)


@pytest.mark.django_db
def test_it_is_recorded_all_the_same() -> None:
    with database.clone(SERVER, "factor") as name:
        who = committed(name, lambda: account(Role.CITY_OFFICER))
        with ThreadPoolExecutor(1) as pool:
            pool.submit(_tell, name, who).result()
        entries = committed(name, lambda: list(Entry.objects.filter(verb="access.factor.change")))
    assert [e.actor_account for e in entries] == [who.pk]
