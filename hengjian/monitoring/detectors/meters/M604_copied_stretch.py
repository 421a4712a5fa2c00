"""M604: a stretch of readings that repeats an earlier stretch, of the same site or of a peer.

1. The last `stretch` readings are looked up in all earlier readings: of the site, and of its peer group.
2. A copy goes on: reading after reading has the same source at the same distance. Each such reading is as
   improbable as its value is rare at this site (an idle load that occurs every tenth time weighs 1 decade, a reading
   that occurs once in a week nearly 3), and the stretch may lie at any place and come from any place.
3. A constant load finds itself at a distance that grows with each reading: no copy.
The `stretch` - 1 first readings of a copy are not counted.
"""

from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.basis import METERED_ENERGY
from hengjian.monitoring.detectors.detector import LegalBasis, Severity
from hengjian.monitoring.detectors.meters.readings import (
    QUARTERS_A_DAY,
    as_signals,
    by_site,
    so_far,
    with_usual_load,
)
from hengjian.monitoring.detectors.panel_detector import PanelDetector
from hengjian.monitoring.parameters import Params


class CopiedStretch(PanelDetector):
    """一段有功电量读数与此前或他厂读数逐个相同.

    依据：带小数的一刻钟电量由脉冲累计，两段读数逐个相同的概率为各读数出现频率之积。
    异常：一段读数与本厂此前的一段，或同类企业同时及此前的一段，按同一间隔逐个相同，概率低于偶然。
    正常：恒定低负荷的偶然相同（常见读数权重小、间隔不固定）；首次出现的读数。
    """

    code = "M604"
    title = N_("电表读数整段复制")
    severity = Severity.ANOMALY
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (METERED_ENERGY,)
    parameters: ClassVar[tuple[str, ...]] = ("stretch",)
    template = N_(
        "{subject}电表至{end}的一段有功电量读数（最后为{observed} {unit}）与此前或同类企业的一段逐个相同；"
        "本厂历史同一时刻通常为{expected} {unit}（{lo}至{hi} {unit}），证据强度{evidence}。少计{amount} {amount_unit}。"
    )
    table = "quarters"
    grain = "quarter"
    unit = "kWh"
    amount_unit = "kWh"
    exact = True
    span = QUARTERS_A_DAY

    def signals(self, panel: Any, honest_until: int, params: Params) -> Any:
        """Readings that go on with a copy; expected is the usual load of the time of day (kWh)."""
        rows = _sources(with_usual_load(panel, honest_until), int(params.number("stretch")))
        rows = _runs(rows, "own", rows.own < rows.seq, rows.seq - rows.own, ibis.literal(""))
        rows = _runs(rows, "peer", rows.peer != rows.site_id, rows.seq - rows.peer_seq, rows.peer)
        own = rows.own_told - 2 * rows.readings.log10()
        peer = rows.peer_told - rows.readings.log10() - rows.group_readings.log10()
        rows = rows.mutate(statistic=ibis.greatest(own, peer))
        return as_signals(rows, rows.active, rows.usual, rows.usual_lo, rows.usual_hi)


def _sources(panel: Any, length: int) -> Any:
    """Readings that end a full stretch, with where it stood first: own (seq), peer (site), peer_seq."""
    known = panel.filter(panel.active.notnull())
    back = {f"back{i}": known.active.lag(i).over(by_site()) for i in range(1, length)}
    site, group = ibis.window(group_by="site_id"), ibis.window(group_by="peer_group")
    same = known.count().over(ibis.window(group_by=("site_id", "active"))).cast("float64")
    readings = known.count().over(site).cast("float64")
    rows = known.mutate(
        **back,
        readings=readings,
        group_readings=known.count().over(group).cast("float64"),
        rarity=-(same / readings).log10(),
    )
    rows = rows.filter(rows[f"back{length - 1}"].notnull())
    stretch = ("active", *back)
    everywhere = ibis.window(
        group_by=("peer_group", *stretch), order_by=("seq", "site_id"), preceding=None, following=0
    )
    return rows.mutate(
        own=rows.seq.min().over(ibis.window(group_by=("site_id", *stretch))),
        peer=rows.site_id.first().over(everywhere),
        peer_seq=rows.seq.first().over(everywhere),
    )


def _runs(rows: Any, name: str, copied: Any, distance: Any, source: Any) -> Any:
    """``rows`` with <name>_told: the rarity of the readings since the copy from one source began, else 0."""
    at = rows.mutate(copied=copied, distance=distance, source=source)
    fresh = ~(
        (at.distance == at.distance.lag().over(by_site()))
        & (at.source == at.source.lag().over(by_site()))
        & at.copied.lag().over(by_site())
    )
    begun = at.mutate(begins=fresh.fill_null(ibis.literal(value=True)).cast("int64"))
    numbered = begun.mutate(run=begun.begins.sum().over(so_far()))
    run = ibis.window(group_by=("site_id", "run"), order_by="seq", preceding=None, following=0)
    told = ibis.ifelse(numbered.copied, numbered.rarity.sum().over(run), 0.0)
    return numbered.mutate(**{f"{name}_told": told}).drop(
        "copied", "distance", "source", "begins", "run"
    )
