"""Signs in over HTTP as each demo account, as a browser would."""

from __future__ import annotations

import re
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

from hengjian.config.cli.base import Failure
from hengjian.kernel.text import N_

LOGIN = "accounts/login/"
TOKEN = re.compile(r'name="csrfmiddlewaretoken"[^>]*value="([^"]+)"')


def sign_in_each(address: str, accounts: list[dict[str, str]]) -> None:
    """Every account reaches its first page; a wrong password reaches none.

    Raises:
        Failure: names the account.
    """
    if not accounts:
        raise Failure(N_("没有演示账号"))
    if signs_in(address, accounts[0]["username"], "wrong-" + accounts[0]["password"]):
        raise Failure(N_("错误的密码也能登录，检查无效"))
    for account in accounts:
        if not signs_in(address, account["username"], account["password"]):
            raise Failure(N_("演示账号 {name} 不能登录").format(name=account["username"]))


def signs_in(address: str, username: str, password: str) -> bool:
    """Whether the first page (200, not the sign-in page) is reached with these credentials."""
    cookies = urllib.request.HTTPCookieProcessor(CookieJar())
    browser = urllib.request.build_opener(cookies)
    with browser.open(address + LOGIN, timeout=30) as response:
        found = TOKEN.search(response.read().decode())
    if found is None:
        raise Failure(N_("登录页没有表单：{address}").format(address=address + LOGIN))
    form = {"login": username, "password": password, "csrfmiddlewaretoken": found[1]}
    request = urllib.request.Request(  # noqa: S310 - our own loopback address
        address + LOGIN, urllib.parse.urlencode(form).encode(), {"Referer": address + LOGIN}
    )
    try:
        browser.open(request, timeout=30).close()
        with browser.open(address, timeout=30) as response:
            return response.status == 200 and LOGIN not in response.geturl()
    except urllib.error.HTTPError:
        return False
