"""The rules over months a second time, in polars, from their descriptions and not from their SQL.

Oracle of the rules and their peer in speed. One lazy frame per rule over a panel sorted by site and period; it ends
in rule, site, seq, statistic. `evidences` is the calibration.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial

import polars as pl

from hengjian.monitoring.parameters import Parameters, Params

LN10 = math.log(10)
CHI_SQUARE_MEDIAN = 0.4549
SITE = "site"
RUN = [SITE, "honest"]
col, lit = pl.col, pl.lit


def n(params: Params, name: str) -> float:
    return float(params.number(name))


def before(value: pl.Expr) -> pl.Expr:
    """Sum of a site's honest values before each row."""
    known = pl.when("honest").then(value).otherwise(0.0)
    return (known.cum_sum() - known).over(SITE)


def ratio(
    panel: pl.LazyFrame, params: Params, target: str, driver: str, *, slope: bool
) -> pl.LazyFrame:
    """Residuals of ln(target / driver) against honest history and peers."""
    rows = panel.filter(col(target) > 0, col(driver) > 0).select(
        SITE,
        "peer_group",
        "seq",
        "honest",
        observed=col(target),
        driver=col(driver),
        y=(col(target) / col(driver)).log(),
        x=col(driver).log(),
    )
    return residuals(rows, params, slope=slope)


def residuals(rows: pl.LazyFrame, params: Params, *, slope: bool) -> pl.LazyFrame:
    x, y = col("x"), col("y")
    rows = rows.with_columns(
        n=before(lit(1.0)),
        sy=before(y),
        syy=before(y * y),
        step=y - y.shift(1).over(SITE),
        **({"sx": before(x), "sxx": before(x * x), "sxy": before(x * y)} if slope else {}),
    )
    rows = rows.with_columns(
        noise=(col("step").filter(col("honest")) ** 2 / 2).median().over("peer_group")
        / CHI_SQUARE_MEDIAN
    ).filter(col("n") >= n(params, "min_history"))
    mean = col("sy") / col("n")
    own = (col("syy") - col("sy") * mean).clip(0.0)
    if slope:
        wide = (col("sxx") - col("sx") ** 2 / col("n")).clip(0.0)
        both = col("sxy") - col("sx") * mean
        b = both / (wide + n(params, "prior_slope"))
        off = x - col("sx") / col("n")
        fit = mean + b * off
        rss = (own - 2 * b * both + b * b * wide).clip(0.0)
        leverage = 1 / col("n") + off * off / (wide + n(params, "prior_slope"))
    else:
        fit, rss, leverage = mean, own, 1 / col("n")
    prior, floor = n(params, "prior_periods"), n(params, "sd_floor")
    variance = (rss + prior * col("noise")) / (col("n") - 1 + prior)
    rows = rows.with_columns(
        fit=fit, sd=((variance + floor * floor) * (1 + leverage)).sqrt()
    ).with_columns(raw=(y - col("fit")) / col("sd"))
    month = ["peer_group", "seq"]
    shared = pl.when(col("raw").count().over(month) >= n(params, "min_peers")).then(
        col("raw").median().over(month)
    )
    rows = rows.with_columns(shared=shared.otherwise(0.0))
    return rows.with_columns(
        z=col("raw") - col("shared"), fit=col("fit") + col("shared") * col("sd")
    )


def cusum(step: pl.Expr) -> pl.Expr:
    """The sum of steps since it was last 0."""
    total = step.cum_sum()
    return (total - total.cum_min().clip(upper_bound=0.0)).over(RUN)


def two_sided(rows: pl.LazyFrame, params: Params) -> pl.LazyFrame:
    drift, bound = n(params, "drift"), n(params, "clip")
    z = col("z").clip(-bound, bound)
    largest = pl.max_horizontal(cusum(z - drift), cusum(-z - drift))
    return rows.with_columns(statistic=2 * drift * largest / LN10)


def agreed(z: pl.Expr, other: pl.Expr) -> pl.Expr:
    smaller = z.sign() * pl.min_horizontal(z.abs(), other.abs())
    return pl.when(z * other > 0).then(smaller).otherwise(0.0)


def normal_tail(z: pl.Expr) -> pl.Expr:
    scale = math.log10(2 / math.sqrt(2 * math.pi))
    return z * z / (2 * LN10) + (z + (z * z + 8 / math.pi).sqrt()).log10() - scale


def simple(
    panel: pl.LazyFrame, params: Params, target: str, driver: str, *, slope: bool
) -> pl.LazyFrame:
    return two_sided(ratio(panel, params, target, driver, slope=slope), params)


def r301(panel: pl.LazyFrame, params: Params) -> pl.LazyFrame:
    rows = ratio(panel, params, "fuel", "output", slope=True)
    meter = ratio(panel, params, "fuel", "co2_meter", slope=False)
    shown = meter.select(SITE, "seq", shown=col("z") * col("sd"))
    both = rows.join(shown, on=[SITE, "seq"], how="left", maintain_order="left")
    z = pl.when(col("shown").is_null()).then(col("z"))
    return two_sided(
        both.with_columns(z=z.otherwise(agreed(col("z"), col("shown") / col("sd")))), params
    )


def s403(panel: pl.LazyFrame, params: Params) -> pl.LazyFrame:
    rows = ratio(panel, params, "output", "co2_meter", slope=True)
    fuel = ratio(panel, params, "fuel", "co2_meter", slope=False)
    both = rows.join(fuel.select(SITE, "seq", other="z"), on=[SITE, "seq"], maintain_order="left")
    return two_sided(both.with_columns(z=agreed(col("z"), col("other"))), params)


def c701(panel: pl.LazyFrame, params: Params) -> pl.LazyFrame:
    rows = ratio(panel, params, "fuel", "co2_meter", slope=False)
    far = rows.filter(col("z").abs() > n(params, "threshold"))
    return far.with_columns(statistic=normal_tail(col("z").abs()))


def balances(panel: pl.LazyFrame) -> pl.LazyFrame:
    opening = pl.when(col("seq").shift(1).over(SITE) == col("seq") - 1).then(
        col("stock_close").shift(1).over(SITE)
    )
    rows = panel.with_columns(moved=opening + col("receipt") - col("stock_close"))
    rows = rows.filter(col("moved").is_not_null(), col("fuel").is_not_null())
    honest = {
        name: col(source).filter(col("honest")).sum().over(SITE)
        for name, source in (("burned", "fuel"), ("came", "moved"))
    }
    rows = rows.with_columns(**honest, honest_n=col("honest").sum().over(SITE))
    rows = rows.filter(col("burned") > 0, col("came") > 0)
    return rows.with_columns(
        typical=col("burned") / col("honest_n"), apparent=col("moved") * col("burned") / col("came")
    )


def b201(panel: pl.LazyFrame, params: Params) -> pl.LazyFrame:
    rows = balances(panel).with_columns(
        x=lit(0.0), y=(col("fuel") - col("apparent")) / col("typical")
    )
    return two_sided(residuals(rows, params, slope=False), params)


def runs(rows: pl.LazyFrame, gain: pl.Expr) -> pl.LazyFrame:
    """Sums of gains; a row whose gain is null ends the run."""
    rows = rows.with_columns(gain=gain)
    rows = rows.with_columns(run=col("gain").is_null().cum_sum().over(RUN))
    rows = rows.filter(col("gain").is_not_null())
    return rows.with_columns(statistic=col("gain").cum_sum().over([*RUN, "run"]))


def b203(panel: pl.LazyFrame, params: Params) -> pl.LazyFrame:
    off = (col("fuel") - col("apparent")).abs() / col("typical")
    rows = balances(panel).with_columns(off=off)
    rows = rows.with_columns(known=before(lit(1.0)), usual=before(col("off")))
    rows = rows.with_columns(usual=col("usual") / col("known")).filter(
        col("known") >= n(params, "min_history"), col("usual") >= n(params, "min_usual")
    )
    return small_share(rows, params, col("off") / col("usual"))


def small_share(rows: pl.LazyFrame, params: Params, share: pl.Expr) -> pl.LazyFrame:
    """Runs of shares of what is usual that are below the bound."""
    held = share.clip(n(params, "floor"))
    return runs(rows, pl.when(held < n(params, "max_share")).then(-held.log10()))


def p502(panel: pl.LazyFrame, params: Params) -> pl.LazyFrame:
    rows = panel.filter(col("output") > 0, col("fuel") > 0)
    moves = [(col(name) / col(name).shift(1)).log().abs().over(SITE) for name in ("output", "fuel")]
    rows = rows.with_columns(change=pl.max_horizontal(*moves))
    known = before(col("change").is_not_null().cast(pl.Float64))
    rows = rows.with_columns(known=known, usual=before(col("change").fill_null(0.0)) / known)
    rows = rows.filter(col("known") >= n(params, "min_history"), col("change").is_not_null())
    return small_share(rows, params, col("change") / col("usual"))


def trailing_zeros(name: str) -> pl.Expr:
    whole = (col(name) * 1000).round().cast(pl.Int64)
    return sum(((whole % 10**power == 0).cast(pl.Int64) for power in range(1, 16)), lit(0))


def p503(panel: pl.LazyFrame, params: Params) -> pl.LazyFrame:
    rows = panel.filter(col("output") > 0, col("fuel") > 0)
    extra = []
    for name in ("fuel", "output"):
        zeros = f"{name}_zeros"
        rows = rows.with_columns(trailing_zeros(name).alias(zeros))
        digits = (col(name) * 1000).log10().floor() + 1 - col(zeros)
        honest = pl.when("honest").then(col(zeros))
        most = honest.cum_max().shift(1).forward_fill().over(SITE).fill_null(0)
        more = (col(zeros) - most).clip(0)
        extra.append(pl.when(digits <= n(params, "max_digits")).then(more).otherwise(0))
    rows = rows.with_columns(extra=extra[0] + extra[1], known=before(lit(1.0)))
    rows = rows.filter(col("known") >= n(params, "min_history"))
    rows = rows.with_columns(statistic=cusum(col("extra").cast(pl.Float64) - n(params, "drift")))
    return rows.filter(col("extra") > 0)


def p505(panel: pl.LazyFrame, params: Params) -> pl.LazyFrame:
    rows = panel.filter(col("fuel") > 0).with_columns(
        change=(col("fuel") - col("fuel").shift(1)).abs().over(SITE),
        made=(col("output") - col("output").shift(1)).over(SITE),
        own=lit(10.0).pow(trailing_zeros("fuel") - 3),
    )
    known = before(col("change").is_not_null().cast(pl.Float64))
    own = pl.when("honest").then(col("own"))
    rows = rows.with_columns(
        known=known,
        usual=before(col("change").fill_null(0.0)) / known,
        repeats=before((col("change") == 0).fill_null(value=False).cast(pl.Float64)),
        resolution=own.cum_min().shift(1).forward_fill().over(SITE),
    )
    rows = rows.filter(col("known") >= n(params, "min_history"), col("usual") > 0)
    chance = pl.max_horizontal(col("resolution") / col("usual"), col("repeats") / col("known"))
    gain = (-chance.clip(upper_bound=1.0).log10()).clip(upper_bound=n(params, "step_cap"))
    same = (col("change") == 0) & (col("made").fill_null(1.0) != 0)
    return runs(rows, pl.when(same & (gain > 0)).then(gain))


def p504(panel: pl.LazyFrame, params: Params) -> pl.LazyFrame:
    made = ratio(panel, params, "fuel", "output", slope=True)
    meter = ratio(panel, params, "fuel", "co2_meter", slope=False)
    kept = [SITE, "seq", "honest", "z"]
    blind = made.join(meter.select(SITE).unique(), on=SITE, how="anti")
    rows = pl.concat([blind.select(kept), meter.select(kept)]).sort(SITE, "seq")
    bound = n(params, "clip")
    z = col("z").clip(-bound, bound)
    pair = (-z * z.shift(1).over(RUN)).fill_null(0.0)
    drift = n(params, "drift")
    rows = rows.with_columns(pair=pair)
    return rows.with_columns(statistic=2 * drift * cusum(col("pair") - drift) / LN10)


def p501(panel: pl.LazyFrame, params: Params) -> pl.LazyFrame:
    bound, width = n(params, "clip"), n(params, "width")
    rows = ratio(panel, params, "fuel", "output", slope=True)
    rows = rows.select(SITE, "seq", "honest", "driver", rise=col("z").clip(-bound, bound))
    rows = rows.with_columns(before=pl.int_range(pl.len()).over(RUN))
    pairs = rows.filter(col("rise") > 0).join(
        rows.select(SITE, "honest", back="seq", made="driver", lift="rise"), on=RUN
    )
    gap = (col("made") / col("driver")).log()
    pairs = pairs.filter(col("back") < col("seq")).select(
        SITE, "seq", "back", "lift", "rise", "before", gap=gap
    )
    since = col("back").filter(col("gap") > width).max().fill_null(-1)
    near = (col("gap").abs() <= width) & (col("back") > since)
    counted = pairs.group_by(SITE, "seq").agg(
        near=near.sum(),
        others=col("lift").filter(near).sum(),
        rise=col("rise").first(),
        before=col("before").first(),
    )
    logs = panel.filter(col("honest"), col("output") > 0)
    spread = logs.group_by(SITE).agg(spread=col("output").log().std(ddof=0))
    hits = counted.filter(col("near") > 0).join(spread, on=SITE)
    chance = (width / (math.sqrt(math.pi) * col("spread").clip(width))).clip(upper_bound=1.0)
    mean = chance * col("before")
    more = (col("near") * (col("near") / mean).log() - (col("near") - mean)) / LN10
    hits = hits.with_columns(
        mass=pl.when(col("near") > mean).then(more).otherwise(0.0),
        joint=(col("rise") + col("others")) / (col("near") + 1).cast(pl.Float64).sqrt(),
    ).filter(col("mass") > 0, col("joint") > 0)
    strength = normal_tail(col("joint"))
    return hits.with_columns(statistic=pl.min_horizontal(col("mass"), 2 * strength) + strength)


RULES: dict[str, Callable[[pl.LazyFrame, Params], pl.LazyFrame]] = {
    "B201": b201,
    "B203": b203,
    "C701": c701,
    "P501": p501,
    "P502": p502,
    "P503": p503,
    "P504": p504,
    "P505": p505,
    "R301": r301,
    "R302": partial(simple, target="electricity", driver="output", slope=True),
    "S401": partial(simple, target="fuel", driver="co2_meter", slope=False),
    "S402": partial(simple, target="electricity", driver="grid_electricity", slope=False),
    "S403": s403,
}


def signals(
    panel: pl.LazyFrame,
    honest_until: int,
    values: Parameters,
    day: date,
    fuels: Mapping[str, str] | None = None,
) -> pl.LazyFrame:
    """rule, site, seq, statistic of every rule; ``panel`` has site, peer_group, seq and the figures of MONTHS.

    ``fuels`` names the column that a rule reads as fuel.
    """
    ordered = panel.sort(SITE, "seq").with_columns(honest=col("seq") < honest_until)
    found = []
    for code, rule in RULES.items():
        seen = ordered.with_columns(fuel=col(fuels[code])) if fuels else ordered
        rows = rule(seen, values.on(code, day)).filter(col("statistic") > 0)
        found.append(rows.select(SITE, "seq", "statistic", rule=lit(code)))
    return pl.concat(found)


def evidences(
    said: pl.DataFrame, panel: pl.LazyFrame, honest_until: int, how: Params
) -> pl.LazyFrame:
    """``said`` with evidence: bound passed by just over `tail_share` of a pool, generalised Pareto tail above."""
    sites = panel.group_by(SITE).agg(group=col("peer_group").max())
    small = pl.len().over("group") < n(how, "min_plants")
    pools = sites.select(SITE, pool=pl.when(small).then(None).otherwise(col("group")))
    pools = pools.with_columns(plants=pl.len().over("pool"))
    rows = said.lazy().join(pools, on=SITE)
    top = rows.filter(col("seq") < honest_until).group_by("rule", SITE)
    worst = top.agg(col("statistic").max(), col("pool").first(), col("plants").first())
    # One more than the share allows, so that the smallest pool has a tail.
    passing = (col("plants").first() * n(how, "tail_share")).floor().cast(pl.Int64) + 1
    ordered = col("statistic").sort(descending=True)
    tails = worst.group_by("rule", "pool").agg(
        bound=ordered.get(passing, null_on_oob=True).fill_null(0.0),
        top=ordered.head(passing).mean().fill_null(0.0),
        hits=pl.min_horizontal(passing, pl.len()),
    )
    both = rows.join(tails, on=["rule", "pool"], how="left", nulls_equal=True)
    both = both.with_columns(col("bound", "top", "hits").fill_null(0))
    shape = n(how, "tail_shape")
    base = -((col("hits") + 1) / (col("plants") + 1)).log10()
    scale = ((col("top") - col("bound")) * (1 - shape)).clip(1 / LN10)
    excess = (col("statistic") - col("bound")).clip(0.0)
    above = base + (1 + shape * excess / scale).log10() / shape
    under = col("statistic") < col("bound")
    evidence = pl.when(under).then(base * col("statistic") / col("bound")).otherwise(above)
    return both.select(
        "rule", SITE, "seq", "statistic", evidence=evidence.clip(upper_bound=n(how, "evidence_cap"))
    )
