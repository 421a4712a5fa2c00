"""Look at the pages before their views exist (a tool of developers, not of the product).

    .venv/bin/python assets/preview.py            render into /tmp/hj_preview and serve on loopback
    .venv/bin/python assets/preview.py --shots    render, serve, photograph with Chromium, run axe

Firms, people and figures are invented. The server sends the product's CSP.
"""

import argparse
import functools
import http.server
import json
import shutil
import sys
import threading
from pathlib import Path
from typing import Any

import allauth
import django
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import path

ROOT = Path(__file__).resolve().parent.parent
OUT = Path("/tmp/hj_preview")
CSP = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'"
SIZES = ((1440, 900), (390, 844))
CHROMIUM = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def _nowhere(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


NAMES = (
    "mfa_index", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_authenticate", "mfa_reauthenticate",
    "mfa_generate_recovery_codes", "mfa_view_recovery_codes", "mfa_download_recovery_codes",
    "usersessions_list", "account_login", "account_logout", "account_change_password",
    "account_reauthenticate",
)  # fmt: skip
urlpatterns = [path(f"accounts/{name}/", _nowhere, name=name) for name in NAMES]


def configure() -> None:
    """Set Django up with the templates alone: no database, no product settings."""
    settings.configure(
        DEBUG=True,
        SECRET_KEY="preview",
        ROOT_URLCONF=__name__,
        USE_I18N=True,
        LANGUAGE_CODE="zh-hans",
        USE_TZ=True,
        STATIC_URL="/static/",
        INSTALLED_APPS=["django.contrib.humanize", "hengjian.web"],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                # ours first, then allauth's own for what a skin extends
                "DIRS": [
                    ROOT / "hengjian" / "web" / "templates",
                    Path(allauth.__file__).parent / "templates",
                ],
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": ["django.template.context_processors.request"],
                    "builtins": [
                        "django.templatetags.i18n",
                        "django.templatetags.static",
                        "django.templatetags.l10n",
                    ],
                    "string_if_invalid": "",
                },
            }
        ],
    )
    django.setup()


def render() -> list[str]:
    """Write every sample page; return their names."""
    from preview_context import FRAME, pages

    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    (OUT / "static").symlink_to(ROOT / "hengjian" / "web" / "static")
    names = []
    for name, (template, context) in pages().items():
        rows = context.pop("rows_of_page", None)
        if rows is not None:
            context["page"] = Paginator(_Long(rows), len(rows)).page(1)
        request = RequestFactory().get(f"/{name}.html")
        text = render_to_string(template, {**FRAME, **context}, request)
        (OUT / f"{name}.html").write_text(text, encoding="utf-8")
        names.append(name)
    return names


class _Long(list[Any]):
    """A list that claims to be longer, so that the pager shows."""

    def __len__(self) -> int:
        return super().__len__() * 12 + 3


class _Handler(http.server.SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", CSP)
        super().end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Keep quiet."""


def serve(port: int) -> http.server.ThreadingHTTPServer:
    """Serve the rendered pages on loopback."""
    handler = functools.partial(_Handler, directory=str(OUT))
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)


def photograph(names: list[str], address: str) -> int:
    """Take pictures at both sizes, run axe-core; return the number of violations."""
    from playwright.sync_api import sync_playwright

    axe = (ROOT / "assets" / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    problems = 0
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        for width, height in SIZES:
            page = browser.new_page(viewport={"width": width, "height": height}, locale="zh-CN")
            page.on("console", lambda message: print("console:", message.text))
            page.on("pageerror", lambda error: print("page error:", error))
            for name in names:
                page.goto(f"{address}/{name}.html", wait_until="networkidle")
                if page.locator("[data-chart]").count():
                    page.wait_for_selector("[data-chart][data-ready]")
                page.screenshot(path=OUT / f"{name}-{width}.png")
                page.screenshot(path=OUT / f"{name}-{width}-full.png", full_page=True)
                problems += _audit(page, axe, f"{name} {width}")
        browser.close()
    return problems


def _audit(page: Any, axe: str, where: str) -> int:
    # evaluate() runs in the page's world but is not subject to its CSP
    page.evaluate(axe)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    run = "tags => axe.run(document, {runOnly: tags}).then(r => r.violations)"
    found = page.evaluate(run, tags)
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if overflow > 0:
        print(f"{where}: wider than the window by {overflow} px")
    for one in found:
        nodes = [(node["html"][:160], node["failureSummary"][:200]) for node in one["nodes"][:3]]
        print(f"{where}: {one['id']} x{len(one['nodes'])}: {json.dumps(nodes, ensure_ascii=False)}")
    return len(found)


def main() -> int:
    """Render, then serve or photograph."""
    parser = argparse.ArgumentParser(description="preview of the pages")
    parser.add_argument("--shots", nargs="*", metavar="PAGE", help="photograph these pages (all)")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    configure()
    names = render()
    server = serve(options.port)
    address = f"http://127.0.0.1:{server.server_port}"
    if options.shots is None:
        print(address, " ".join(names))
        server.serve_forever()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    count = photograph(options.shots or names, address)
    print(f"{len(options.shots or names)} pages, {count} violations")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
