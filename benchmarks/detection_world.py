"""An invented province, generated inside DuckDB: sites × 20 indicators × days, to monthly parquet and a native file.

Noise is a hash of seed, site, day and column, so every run makes the same figures; what is absent is null, never NaN.
Seasons, stops of ten days, sites without a stack instrument and gaps of the grid company are honest. One site in 25
falsifies its judged months in one of the ways of ``KINDS``, so that every rule over months has something to find.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

FIRST = date(2023, 1, 1)
HONEST_MONTHS = 24
EVERY = 25
KINDS = (
    "fuel cut",
    "fuel and output cut",
    "electricity cut",
    "capped",
    "copied",
    "rounded",
    "shifted",
    "stuck",
    "receipts forged",
    "one month wrong",
)
INDICATORS = (
    "output", "energy_tce", "coal_t", "co2_t", "electricity", "electricity_own", "electricity_out", "coal_open",
    "coal_in", "coal_stock", "product_open", "product_in", "product_sold", "product_stock", "clinker_made",
    "clinker_used", "clinker_stock", "water", "co2_meter", "grid_electricity",
)  # fmt: skip


def generate(con: Any, folder: Path, sites: int, days: int, seed: int = 42) -> int:
    """Fill table ``daily`` (site, day, INDICATORS) of ``con`` and ``folder``/yyyy-mm.parquet; rows written."""
    columns = ", ".join(f"{name} double" for name in INDICATORS)
    con.execute(f"create table daily (site integer, day date, {columns})")
    month, end = FIRST, FIRST + timedelta(days=days)
    number = 0
    while month < end:
        after = (month.replace(day=28) + timedelta(days=5)).replace(day=1)
        until = min(after, end)
        con.execute(f"insert into daily {_month(month, number, (until - month).days, sites, seed)}")
        con.execute(
            f"copy (select * from daily where day >= date '{month}' and day < date '{until}')"
            f" to '{folder}/{month:%Y-%m}.parquet' (format parquet, compression zstd)"
        )
        month, number = after, number + 1
    return int(con.execute("select count(*) from daily").fetchall()[0][0])


def _noise(name: str, *keys: str) -> str:
    """Two uniform numbers added: mean 0, standard deviation 1, bounded."""
    parts = [
        f"(hash({', '.join(keys)}, '{name}{n}') % 1000003)::double / 1000003 - 0.5" for n in (1, 2)
    ]
    return f"((({parts[0]}) + ({parts[1]})) * 2.449)"


def _month(first: date, number: int, days: int, sites: int, seed: int) -> str:
    """One month of all sites, in the order of site and day.

    A month is made by true daily figures, then what is reported of them: factors by kind, or a total that the days
    are scaled to (capped, copied, rounded, stuck). Stocks move by what the month's noise says; receipts follow.
    """
    of_month = (str(seed), "site", str(number))
    before = (str(seed), "site", str(number - 1))
    of_day = (str(seed), "site", "day")
    stock = "scale * 40 * (1 + 0.05 * {})"
    judged = "kind >= 0" if number >= HONEST_MONTHS else "false"
    kind = {name: f"({judged} and kind = {place})" for place, name in enumerate(KINDS)}
    last = HONEST_MONTHS + 5
    return f"""
with plants as (
  select range::integer as site, 500 + (range * 7919) % 4000 as scale,
    case when range % {EVERY} = 3 then (range // {EVERY}) % {len(KINDS)} else -1 end as kind
  from range({sites})),
level as (
  select *, 1 + 0.15 * sin((site % 12 + {number}) * pi() / 6) + 0.06 * {_noise("level", *of_month)} as load,
    1 + 0.012 * {_noise("heat", *of_month)} as heat, 1 + 0.012 * {_noise("power", *of_month)} as power,
    {stock.format(_noise("stock", *before))} as opening, {stock.format(_noise("stock", *of_month))} as closing,
    hash({seed}, site, {number}, 'stop') % 37 = 0 as stops
  from plants),
truth as (
  select *, date '{first}' + n::integer as day,
    case when stops and n between 8 and 17 then 0
      else round(scale * load * (1 + 0.05 * {_noise("output", str(seed), "site", str(number), "n")}), 3) end as made
  from level, range({days}) as d(n)),
burned as (
  select *, (0.02 * scale + 0.12 * made) * heat * (1 + 0.01 * {_noise("fuel", *of_day)}) as fuel,
    (0.3 * scale + 4 * made) * power * (1 + 0.01 * {_noise("kwh", *of_day)}) as kwh
  from truth),
sums as (
  select *, case when made > 0 then fuel else 0 end as running,
    sum(made) over (partition by site) as made_sum, sum(fuel) filter (made > 0) over (partition by site) as fuel_sum
  from burned),
reported as (
  select *, made * case
      when {kind["fuel and output cut"]} then 0.85
      when {kind["capped"]} then scale * 27 * (1 + 0.002 * {_noise("cap", *of_month)}) / made_sum
      when {kind["copied"]} then scale * 30 / made_sum
      when {kind["rounded"]} then round(made_sum, -4) / made_sum
      else 1 end as output,
    fuel * case
      when {kind["fuel cut"]} or {kind["fuel and output cut"]} or {kind["receipts forged"]} then 0.85
      when {kind["copied"]} or {kind["stuck"]} then scale * 4 / fuel_sum
      when {kind["rounded"]} then round(fuel_sum, -3) / fuel_sum
      when {kind["shifted"]} then {0.85 if number % 2 else 1.15}
      when {kind["one month wrong"]} and {number} = {last} then 0.6
      else 1 end as energy,
    kwh * case when {kind["fuel and output cut"]} or {kind["electricity cut"]} then 0.85 else 1 end as reported_kwh
  from sums)
select site, day, output, energy, energy * 1.2, energy * 2.66, reported_kwh, 0, 0, opening,
  case when made > 0 then case when {kind["receipts forged"]} then energy else fuel end else 0 end
    + case when made > 0 then (closing - opening) / count(*) filter (made > 0) over (partition by site) else 0 end
    + case when {kind["receipts forged"]} then 0 else 0.01 * fuel * {_noise("weighed", *of_month)} end,
  closing, 20 * scale, 0, output * 0.99, 20 * scale, null, null, null, output * 0.4,
  case when site % 4 > 0 then fuel * 2.66 * (1 + 0.02 * {_noise("stack", *of_day)}) end,
  case when hash({seed}, site, day, 'gap') % 101 > 0
    then kwh * 0.8 * (1 + 0.005 * {_noise("grid", *of_day)}) end
from reported order by site, day"""
