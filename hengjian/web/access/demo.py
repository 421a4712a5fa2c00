"""The demo's accounts as the sign-in page lists them; demo mode only."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from hengjian.kernel.access.selectors import demo_duties


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One line of the list."""

    username: str
    password: str
    role: str
    scope: str


def demo_accounts() -> list[DemoAccount]:
    """One per role. The password is known to all because it opens invented data only."""
    return [
        DemoAccount(d.account.username, settings.DEMO_PASSWORD, d.role_spec, d.post)
        for d in demo_duties()
    ]
