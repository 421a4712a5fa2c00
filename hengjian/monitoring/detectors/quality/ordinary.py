"""What is ordinary for a site: quartiles of its own figures over the days known, as robust middle and spread.

Quartiles and not the median absolute deviation: where two days of each week are low, the lower quartile moves to
them and the spread covers both, while a deviation from the median would call every weekend an outlier. A quarter
of the days may be wrong on either side without moving the quartiles beyond the honest ones.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from hengjian.monitoring.detectors.daily_source import SERIES, without_right

# Of a normal distribution, the distance of the quartiles in standard deviations.
IQR_OF_NORMAL = 1.349


def with_ordinary(days: Any, values: Mapping[str, Any], series: Iterable[str] = SERIES) -> Any:
    """``days`` with float64 columns <name>_mid and <name>_spread of each value, and ``history``: days that count.

    Args:
        days: Ibis table with the columns of ``series``.
        values: name → float64 expression over ``days``, null where the day does not count for it.
        series: columns that name a series.
    """
    keys = list(series)
    quartiles = {name: value.quantile([0.25, 0.5, 0.75]) for name, value in values.items()}
    counts = {f"{name}_days": value.count() for name, value in values.items()}
    own = days.group_by(keys).aggregate(**quartiles, **counts)
    wanted: dict[str, Any] = {}
    for name in values:
        wanted[f"{name}_mid"] = own[name][1]
        wanted[f"{name}_spread"] = (own[name][2] - own[name][0]) / IQR_OF_NORMAL
        wanted[f"{name}_days"] = own[f"{name}_days"]
    return without_right(days.left_join(own.select(*keys, **wanted), keys))
