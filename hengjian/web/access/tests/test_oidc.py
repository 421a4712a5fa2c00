"""Signing in through the provincial identity service, against a small service on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from hengjian.kernel.access.declare import Role
from hengjian.kernel.access.models import Account
from tests.support import (
    oidc_urls,  # now: the product's own routes must be made before the settings change
)
from tests.support.cast import HouseClient, account

pytestmark = [pytest.mark.django_db, pytest.mark.urls(oidc_urls.__name__)]


class Service(BaseHTTPRequestHandler):
    """Discovery, token and user info of one user, whose name the test sets."""

    user = ""
    base = ""

    def do_GET(self) -> None:
        base = self.base
        if self.path.endswith("/.well-known/openid-configuration"):
            names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
            self.answer(
                {"issuer": base} | {f"{k}_endpoint": f"{base}/{v}" for k, v in names.items()}
            )
        else:
            self.answer({"sub": f"id-{self.user}", "preferred_username": self.user})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer({"access_token": "token", "token_type": "Bearer"})

    def answer(self, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture(autouse=True)
def service(settings: Any) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    Service.base = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    app = {"provider_id": "province", "name": "统一认证", "client_id": "hj", "secret": "s"}
    app["settings"] = {"server_url": Service.base}  # type: ignore[assignment]
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    yield
    server.shutdown()
    server.server_close()


def come_back(client: HouseClient, user: str) -> Any:
    """Go to the service and return from it as ``user``."""
    Service.user = user
    away = client.post("/accounts/oidc/province/login/")
    assert away.status_code == 302
    state = parse_qs(urlsplit(away["Location"]).query)["state"][0]
    return client.get("/accounts/oidc/province/login/callback/", {"code": "c", "state": state})


def test_a_known_user_is_signed_in(client: HouseClient) -> None:
    who = account(Role.CITY_OFFICER)
    assert come_back(client, who.username)["Location"] == "/"
    assert client.get("/people/posts/").status_code == 200


def test_the_second_factor_is_still_asked_of_the_province(client: HouseClient) -> None:
    come_back(client, account(Role.DRC_OFFICER, mfa=False).username)
    assert client.get("/people/posts/")["Location"] == "/accounts/2fa/totp/activate/"


@pytest.mark.parametrize("user", ["nobody-here", ""])
def test_an_unknown_user_gets_no_account(client: HouseClient, user: str) -> None:
    count = Account.objects.count()
    assert come_back(client, user)["Location"] == "/accounts/login/"
    assert Account.objects.count() == count
    assert client.get("/people/posts/").status_code == 302


def test_a_closed_account_stays_out(client: HouseClient) -> None:
    who = account(Role.CITY_OFFICER)
    Account.objects.filter(pk=who.pk).update(is_active=False)
    come_back(client, who.username)
    assert client.get("/people/posts/").status_code == 302


def test_the_sign_in_page_offers_the_service(client: HouseClient) -> None:
    assert "统一" in client.get("/accounts/login/").content.decode()
