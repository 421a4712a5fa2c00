"""Intake over HTTP with a sender's key, against text COPY of the same rows into the same table, in one run.

    .venv/bin/python -m benchmarks.intake

A server of its own (PostgreSQL with fsync, granian with one worker on one core) with 500 invented sites. Each round
sends 5,000 new reports as one JSON batch, 5,000 as one Excel batch, and copies 5,000 like them as text: new ids, other
days, same constraints, indexes and triggers. The floor is copied by the superuser, because PostgreSQL refuses COPY to
everyone whom row security binds, the owner too. Then single reports are put one by one and each is acknowledged after
its commit.

Measured on 2 cores shared with other work (load 5): COPY 7,155 rows/s, JSON 1,865 (0.26), Excel 1,670 (0.23), single
88/s at 6.8 ms CPU of the web process each. Of a batch Python takes about 0.2 ms of CPU a row (half of it the conversion),
PostgreSQL 0.11 ms (COPY 0.074 ms). A single report asks the database about 15 times, each time through the ORM.

Bars: batches at least a quarter of the rate of COPY; 300 single reports a second. Exit code 1 below a bar.
"""

from __future__ import annotations

import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from uuid import uuid4

import psycopg

ROOT = Path(__file__).resolve().parents[1]
SITES, DAYS, ROUNDS, SINGLES, CLIENTS = 500, 10, 3, 3000, 4
BATCH_BAR, SINGLE_BAR = 0.25, 300.0
TODAY = date(2026, 11, 23)
ITEMS = {
    "clinker_output": "3000",
    "cement_output": "4000.5",
    "raw_coal": "500.25",
    "electricity_purchased": "20.125",
}


@dataclass(frozen=True)
class Server:
    """Where the product listens, its process, and the superuser's address of its database."""

    port: int
    pid: int
    superuser: str


@contextmanager
def server() -> Iterator[Server]:
    """The product on a clone of its own, on one core."""
    from hengjian.kernel.database.embedded import Cluster
    from tests.browser.server import free_port
    from tests.support import database

    cluster = Cluster.for_clone(ROOT, fsync=True, name="bench")
    cluster.start()
    with ExitStack() as stack:
        stack.callback(cluster.stop)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hengjian-bench-")))
        name = stack.enter_context(database.clone(cluster, "intake"))
        environment = {
            **os.environ,
            "HENGJIAN_DEMO_DATE": TODAY.isoformat(),
            "HENGJIAN_SECRET_KEY": "benchmark-only-" + "0" * 40,
            "HENGJIAN_TLS": "0",
            "HENGJIAN_REPORT_LATE_DAYS": "4000",
            "HENGJIAN_DATA_DIR": str(folder),
            "HENGJIAN_WEB_DATABASE_URL": database.url_of(cluster, name, "hengjian_web"),
        }
        os.environ.update(environment, HENGJIAN_PROCESS="web")
        os.environ["HENGJIAN_WEB_DATABASE_URL"] = database.url_of(cluster, name)
        port = free_port()
        command = [sys.executable, "-m", "hengjian.config.cli", "serve", "--port", str(port)]
        command += ["--workers", "1"]
        log = stack.enter_context((folder / "web.log").open("w"))
        web = subprocess.Popen(
            ["taskset", "-c", "0", *command], env=environment, stdout=log, stderr=log
        )
        stack.callback(web.wait)
        stack.callback(web.terminate)
        _wait(port, folder / "web.log")
        yield Server(port, web.pid, cluster.superuser_url(name))


def _wait(port: int, log: Path) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"the server did not start: {log.read_text()[-800:]}")


def fill() -> tuple[list[str], str]:
    """Invented sites of Rizhao and a system that delivers for the city: ids and key."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "hengjian.config.settings"
    django.setup()
    from django.db import connection, transaction

    from hengjian.kernel.access.senders import Reach
    from hengjian.kernel.calendar.clock import now
    from hengjian.measures.tests.senders import make_system
    from hengjian.registry.tests.factories import make_site
    from tests.support.roles import as_loader_now

    with transaction.atomic():
        as_loader_now()
        sites = [str(make_site(industry="cement").pk) for _ in range(SITES)]
        key = make_system(Reach(regions=(371100,)), ("statistics",), now=now()).key
    connection.close()
    return sites, key


def days_of(number: int) -> list[date]:
    """The days of one batch, never used before."""
    return [TODAY - timedelta(days=1 + number * DAYS + n) for n in range(DAYS)]


def as_json(sites: list[str], number: int) -> tuple[str, bytes]:
    """Address and body of a batch as JSON."""
    rows = [
        {"site": site, "period": day.isoformat(), "quantities": ITEMS}
        for site in sites
        for day in days_of(number)
    ]
    body = {"batch_id": str(uuid4()), "source": "statistics", "rows": rows}
    return "/api/v1/batches", json.dumps(body).encode()


def as_excel(sites: list[str], number: int) -> tuple[str, bytes]:
    """Address and body of a batch as a workbook."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["site", "period", *ITEMS])
        pairs = ((site, day) for site in sites for day in days_of(number))
        for at, (site, day) in enumerate(pairs, start=1):
            sheet.write_row(at, 0, [site, day.isoformat(), *map(float, ITEMS.values())])
    return f"/api/v1/batches/file?batch_id={uuid4()}&source=statistics", out.getvalue()


def post(at: Server, key: str, request: tuple[str, bytes]) -> float:
    """Seconds of one batch, from the first byte sent to the receipt read."""
    path, body = request
    connection = HTTPConnection("127.0.0.1", at.port, timeout=300)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    begun = time.perf_counter()
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    text = answer.read()
    seconds = time.perf_counter() - begun
    if answer.status != 201 or json.loads(text)["created"] != SITES * DAYS:
        raise SystemExit(f"{answer.status}: {text[:400].decode()}")
    return seconds


def copy(at: Server, number: int) -> float:
    """Seconds to copy as many rows as a batch holds, made from stored ones, into the same table."""
    with psycopg.connect(at.superuser) as owner:
        found = owner.execute(
            "SELECT string_agg(quote_ident(column_name), ',' ORDER BY ordinal_position) FROM information_schema.columns "
            "WHERE table_name = 'measures_report' AND is_generated = 'NEVER' AND column_name NOT IN ('id', 'period')"
        ).fetchone()
        columns = found[0] if found else ""
        first, last = min(days_of(0)), max(days_of(0))
        back = f"period - {(number + 1) * 1000}"
        with owner.cursor().copy(
            f"COPY (SELECT gen_random_uuid(), {back}, {columns} FROM measures_report "
            f"WHERE period BETWEEN '{first}' AND '{last}') TO STDOUT"
        ) as out:
            lines = b"".join(bytes(part) for part in out)
        begun = time.perf_counter()
        with owner.cursor().copy(
            f"COPY measures_report (id, period, {columns}) FROM STDIN"
        ) as into:
            into.write(lines)
        owner.commit()
        return time.perf_counter() - begun


def put_singles(at: Server, key: str, sites: list[str]) -> tuple[float, float]:
    """Reports a second put one by one by ``CLIENTS`` at once, and CPU seconds of the server for each."""
    numbers = count()
    before = cpu_seconds(at.pid)

    def client(_: int) -> None:
        connection = HTTPConnection("127.0.0.1", at.port, timeout=60)
        while (number := next(numbers)) < SINGLES:
            day = min(days_of(2 * ROUNDS)) - timedelta(days=1 + number // SITES)
            body = {
                "site_id": sites[number % SITES],
                "period": day.isoformat(),
                "source": "statistics",
                "quantities": {code: {"value": value} for code, value in ITEMS.items()},
            }
            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
            connection.request("PUT", f"/api/v1/reports/{uuid4()}", json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 201:
                raise SystemExit(f"{answer.status}: {text[:400].decode()}")

    begun = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, range(CLIENTS)))
    seconds = time.perf_counter() - begun
    return SINGLES / seconds, (cpu_seconds(at.pid) - before) / SINGLES


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and its children so far."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # ended meanwhile
            continue
        if int(stat.parent.name) == pid or int(fields[1]) == pid:
            total += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return total


def main() -> int:
    """Measure; exit code 1 below a bar."""
    with server() as at:
        sites, key = fill()
        taken = count()
        post(at, key, as_json(sites, next(taken)))  # warms the server, and gives the floor its rows
        seconds: dict[str, list[float]] = {"COPY": [], "JSON": [], "Excel": []}
        for number in range(ROUNDS):
            seconds["COPY"].append(copy(at, number))
            seconds["JSON"].append(post(at, key, as_json(sites, next(taken))))
            seconds["Excel"].append(post(at, key, as_excel(sites, next(taken))))
        each, cpu = put_singles(at, key, sites)
    rates = {name: SITES * DAYS / statistics.median(times) for name, times in seconds.items()}
    for name, rate in rates.items():
        print(f"{name:6} {rate:8.0f} rows/s  {rate / rates['COPY']:5.2f} of COPY")
    print(f"single {each:8.0f} reports/s, {cpu * 1000:.2f} ms CPU of the web process each")
    worst = min(rates["JSON"], rates["Excel"]) / rates["COPY"]
    print(
        f"bars: batches {worst:.2f} of COPY (bar {BATCH_BAR}), single {each:.0f}/s (bar {SINGLE_BAR:.0f})"
    )
    return int(worst < BATCH_BAR or each < SINGLE_BAR)


if __name__ == "__main__":
    sys.exit(main())
