"""Fixtures of the whole project; the environment is set by tests.support.plugin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import connection

from tests.support import database
from tests.support.plugin import SERVER

if TYPE_CHECKING:
    from tests.support.cast import HouseClient


def pytest_configure() -> None:
    """Hashing that is slow on purpose would be half of the suite's time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any, worker_id: str) -> Iterator[None]:
    """One clone of the template per worker; pytest-django's own creation would need a superuser."""
    with database.clone(SERVER, worker_id) as name:
        connection.settings_dict["NAME"] = name
        yield
        with django_db_blocker.unblock():
            connection.close()


@pytest.fixture(autouse=True)
def _loader(request: pytest.FixtureRequest) -> None:
    """Test bodies and factories see every row; requests of the code under test assume their own roles."""
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        from tests.support.roles import as_loader_now

        request.getfixturevalue("db")
        as_loader_now()


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """Xdist's worker, or main."""
    return str(getattr(request.config, "workerinput", {}).get("workerid", "main"))


@pytest.fixture
def client() -> HouseClient:
    """A browser nobody has signed in with yet."""
    from tests.support.cast import HouseClient

    return HouseClient()
