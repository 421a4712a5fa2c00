"""What every page must hold, read from the page as the browser shows it. Each check returns findings in words."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import ConsoleMessage, Page, Request

from tests.support.database import ROOT

AXE = ROOT / "assets/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Set before any script of the page: what the policy refuses is not always said on the console.
LISTEN = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => window.refused.push(`${event.violatedDirective} ${event.blockedURI}`));
"""
VOID = re.compile(r"\{\w*\}|%\(\w+\)|\b(None|True|False|NaN|nan|undefined|null|Infinity|Decimal)\b")
KEY = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b|\b[a-z]+(?:\.[a-z]+){2,}\b")
HASH = re.compile(r"\b[0-9a-f]{8,}\b")
WORD = re.compile(r"[A-Za-z]{4,}")
WORDS = {
    "kgce",
    "kvarh",
    "Excel",
    "Enter",
    "Ctrl",
    "NCV",
    "CUSUM",
    "Chrome",
    "Linux",
    "HeadlessChrome",
    "Windows",
}
# Texts of the page without codes and what people typed, one a line.
TEXTS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const holder = node.parentElement, text = node.textContent.trim();
    if (text && holder.checkVisibility() && !holder.closest("script, style, code, .code, kbd, textarea")) found.push(text);
  }
  return found;
}"""
HOLLOW = """() => {
  const says = (one) => one.innerText.trim() || one.querySelector("svg, input, select, textarea, canvas, img, .change");
  const shown = [...document.querySelectorAll("tbody td, .card, .card > header, dd, dt, li, h1, h2, option, button, a")];
  return shown.filter((one) => one.checkVisibility() && !one.matches(".kpi .d") && !(one.matches("option") ? one.text : says(one)))
    .map((one) => one.outerHTML.slice(0, 120));
}"""
WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const out = [...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > width + 1
    && !one.closest(".table-wrap, .tabs"));
  return [`${document.documentElement.scrollWidth} > ${width}`, ...out.slice(0, 3).map((one) => one.outerHTML.slice(0, 100))];
}"""
WEIGHT = """() => {
  const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const first = performance.getEntriesByType("navigation")[0];
  return {requests: all.length, bytes: all.reduce((sum, one) => sum + one.encodedBodySize, 0),
    wait: Math.round(first.responseStart), done: Math.round(first.loadEventEnd)};
}"""


@dataclass
class Watch:
    """Collects what a page does wrong while it loads and lives."""

    address: str
    console: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def attach(self, page: Page) -> None:
        """Begin to listen."""
        page.add_init_script(LISTEN)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("request", self._asked)

    def take(self) -> list[str]:
        """Findings since the last call."""
        found = [f"console: {text}" for text in self.console]
        found += [f"third party: {url}" for url in self.foreign]
        self.console.clear()
        self.foreign.clear()
        return found

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.console.append(message.text)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:", "about:")):
            self.foreign.append(request.url)


def findings(page: Page) -> list[str]:
    """Everything wrong with the page as it stands, at the present size, but for ``accessibility``."""
    refused = page.evaluate("() => window.refused ?? []")
    return [
        *(f"CSP: {one}" for one in refused),
        *(f"overflow: {one}" for one in page.evaluate(WIDE)),
        *(f"empty: {one}" for one in page.evaluate(HOLLOW)),
        *untranslated(page.evaluate(TEXTS)),
    ]


def untranslated(texts: list[str]) -> list[str]:
    """Texts that show a key, a placeholder, a value of Python or an English word."""
    found = []
    for text in texts:
        words = [word for word in WORD.findall(HASH.sub("", text)) if word not in WORDS]
        if VOID.search(text) or KEY.search(text) or words:
            found.append(f"untranslated: {text[:80]}")
    return found


def accessibility(page: Page) -> list[str]:
    """Violations that axe-core finds (WCAG 2.2 AA and its good practice)."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    options = json.dumps({"runOnly": RULES, "resultTypes": ["violations"], "preload": False})
    result: dict[str, Any] = page.evaluate(f"() => axe.run(document, {options})")
    return [
        f"axe {one['id']}: {node['html'][:140]} {' '.join(node['failureSummary'].split())[:160]}"
        for one in result["violations"]
        for node in one["nodes"][:3]
    ]
