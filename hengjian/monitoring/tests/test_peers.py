"""Figures of like plants: right against a sum by hand, named within the scope, without names beyond."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from hengjian.analytics.session import connect
from hengjian.kernel.access.declare import Role
from hengjian.monitoring.models import PeerFigure, PeerSpread
from hengjian.monitoring.services.peers import keep_peers
from hengjian.monitoring.services.tables import write_tables
from hengjian.monitoring.tests.scene import (
    DAY,
    NOW,
    OVER,
    PLATFORM,
    WITHIN,
    days_to,
    make_works,
    report,
)
from tests.support.cast import actor
from tests.support.roles import acting

pytestmark = pytest.mark.django_db


def kept(lake: Path) -> None:
    with acting(PLATFORM):
        con = connect()
        first = days_to(DAY, 40)[0]
        written = write_tables(actor=PLATFORM, root=lake, con=con, first=first, last=DAY, as_of=NOW)
        keep_peers(con, written.tables, DAY)


def test_use_per_unit_of_output(tmp_path: Path) -> None:
    high, low, new = make_works(), make_works(region=371302), make_works()
    report(high, days_to(DAY, 30), OVER)
    report(low, days_to(DAY, 30), WITHIN)
    report(low, days_to(DAY, 1), OVER, reason="漏报")
    report(new, days_to(DAY, 5), OVER)
    for _ in range(2):  # replaced, not added
        kept(tmp_path)
    found = {
        row.site_id: row.value for row in PeerFigure.objects.filter(measure="energy", unit="kgce/t")
    }
    # 245.8 tce of electricity and coke x 0.9714 on 500 t a day
    honest = (Decimal("245.8") + 200 * Decimal("0.9714")) * 29
    grown = (Decimal("245.8") + 260 * Decimal("0.9714")) * 1
    assert found[high.pk] == Decimal("996.728")
    assert found[low.pk] == ((honest + grown) / (30 * 500) * 1000).quantize(Decimal("0.000001"))
    assert set(found) == {high.pk, low.pk}, "five days are no figure"
    spread = PeerSpread.objects.get(measure="energy")
    assert [Decimal(v) for v in spread.values] == sorted(found.values())
    assert {row.value for row in PeerFigure.objects.filter(measure="electricity")} == {
        Decimal(4000)
    }
    officer = actor(Role.CITY_OFFICER)
    with acting(officer):
        assert set(PeerFigure.objects.values_list("site", flat=True)) == {high.pk}
        assert len(PeerSpread.objects.get(measure="energy").values) == 2
