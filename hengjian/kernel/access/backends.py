"""Who may sign in, and whose open session still counts."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings

from hengjian.kernel.access.declare import Sphere
from hengjian.kernel.access.models import Account


class HouseBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """User name and password, of people: a machine comes with a key.

    The password of demo accounts is public, so they open nothing outside of the demo.
    """

    def user_can_authenticate(self, user: Account) -> bool:
        """Asked at sign-in and at each request of an open session."""
        person = user.sphere != Sphere.MACHINE
        return person and user.is_active and (settings.DEMO or not user.is_demo)
