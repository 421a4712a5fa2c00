"""Run as a program by ``test_previous_commit``, under the web login: signs in to an upgraded demo and opens its pages.

Prints JSON: ``problems`` of the connection, and the ``pages`` opened with their status.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import django

LEVELS = ("drc", "rizhao-city", "reporter")  # province, city, enterprise: one account each
LINK = re.compile(r'href="(/(?!static/|accounts/)[^"#?]+)')
FOLLOWED = 3


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "hengjian.config.settings"
    django.setup()
    from django.conf import settings
    from django.test import Client

    from hengjian.kernel.database.provision import check_connection
    from tests.support.routes import routes

    settings.ALLOWED_HOSTS = ["testserver"]
    accounts = json.loads((Path(settings.DATA_DIR) / "accounts.json").read_text(encoding="utf-8"))
    fixed = [
        r.path for r in routes() if "<" not in r.pattern and not r.path.startswith("/accounts/")
    ]
    pages: dict[str, int] = {}
    for level in LEVELS:
        who = next(a for a in accounts if a["username"].endswith(level))
        client = Client(raise_request_exception=False)
        client.post("/accounts/login/", {"login": who["username"], "password": who["password"]})
        for path in fixed:
            response = client.get(path)
            pages[f"{level} {path}"] = response.status_code
            if response.streaming or response.status_code != 200:
                continue
            links = set(LINK.findall(response.content.decode())) - set(fixed)
            for link in sorted(links)[:FOLLOWED]:
                pages[f"{level} {link}"] = client.get(link).status_code
    json.dump({"problems": check_connection(), "pages": pages}, sys.stdout)


if __name__ == "__main__":
    main()
