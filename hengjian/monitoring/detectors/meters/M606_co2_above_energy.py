"""M606: more CO2 than the reported active energy can have caused.

1. Factor (t/kWh): CO2 over active energy in honest history where CO2 is at least `min_co2` (rounding is small
   there), of the site, or of its peer group where the site has fewer than `min_readings`. Where all loads were alike,
   rounding does not average out: the factor is no less than the largest that all these readings allow.
2. CO2 is printed with a step: it is at least its figure less half a step. More than factor × energy × (1 + `tolerance`)
   is a reading that honest energy does not give; a day of them is weighed against the rate of errors (`readings`).
One-sided: CO2 that is missing or printed as zero accuses nobody. A loss before the meter is seen here, as is
every cut after it, provided that the CO2 figure does not come from the falsified energy.
"""

from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.basis import METERED_ENERGY
from hengjian.monitoring.detectors.detector import LegalBasis, Severity
from hengjian.monitoring.detectors.meters import basis
from hengjian.monitoring.detectors.meters.readings import (
    QUARTERS_A_DAY,
    as_signals,
    weigh_breaches,
)
from hengjian.monitoring.detectors.panel_detector import PanelDetector
from hengjian.monitoring.parameters import Params


class Co2AboveEnergy(PanelDetector):
    """碳排放高于有功电量所能产生的数量.

    依据：碳排放＝电量×排放因子；因子取自本厂（不足时取同类企业）诚实历史，碳排放只差显示位数的舍入。
    异常：碳排放扣除半个显示位后仍高于电量×因子×（1＋容差），一日内次数超过诚实电表出错的概率。
    正常：舍入误差和因子容差以内；碳排放偏低、缺失或显示为零；因子更新（应登记参数）。
    """

    code = "M606"
    title = N_("碳排放高于电量应有水平")
    severity = Severity.ANOMALY
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (METERED_ENERGY, basis.THEFT)
    parameters: ClassVar[tuple[str, ...]] = (
        "co2_step",
        "min_co2",
        "min_readings",
        "tolerance",
        "window",
        "error_rate",
    )
    template = N_(
        "{subject}电表{end}一刻钟有功电量读数{observed} {unit}，而同期碳排放相当于{expected} {unit}"
        "（{lo}至{hi} {unit}），证据强度{evidence}。少计{amount} {amount_unit}。"
    )
    table = "quarters"
    grain = "quarter"
    unit = "kWh"
    amount_unit = "kWh"
    exact = True
    span = QUARTERS_A_DAY

    def signals(self, panel: Any, honest_until: int, params: Params) -> Any:
        """Readings whose CO2 is too high; expected is the energy that the CO2 stands for (kWh)."""
        half = float(params.number("co2_step") / 2)
        most = 1 + float(params.number("tolerance"))
        rows = panel.mutate(factor=_factor(panel, honest_until, params))
        # Active energy of zero or none is M603's.
        above = (rows.active > 0) & (rows.co2 - half > rows.factor * rows.active * most)
        weighed = weigh_breaches(rows.mutate(breach=above), honest_until, params)
        energies = [figure / weighed.factor for figure in _ends(weighed.co2, half)]
        return as_signals(weighed, weighed.active, *energies)


def _factor(panel: Any, honest_until: int, params: Params) -> Any:
    usable = (panel.seq < honest_until) & (panel.active > 0)
    usable &= panel.co2 >= float(params.number("min_co2"))
    site, group = ibis.window(group_by="site_id"), ibis.window(group_by="peer_group")

    half = float(params.number("co2_step") / 2)

    def factor(window: Any) -> Any:
        co2, energy = panel.co2.sum(where=usable), panel.active.sum(where=usable)
        mean = co2.over(window) / energy.over(window).nullif(0.0)
        largest = ((panel.co2 + half) / panel.active.nullif(0.0)).min(where=usable).over(window)
        return ibis.greatest(mean, largest)

    readings = panel.co2.count(where=usable).over(site)
    enough = readings >= int(params.number("min_readings"))
    return ibis.ifelse(enough, factor(site), factor(group))


def _ends(co2: Any, half: float) -> tuple[Any, Any, Any]:
    return co2, co2 - half, co2 + half
