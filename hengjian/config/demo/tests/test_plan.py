"""What the demo invents: enough of everything, valid by the rules, and nobody's real name."""

from __future__ import annotations

from collections import Counter

import pytest

from hengjian.config.demo.places import point_in
from hengjian.config.demo.plan import firms, holdings, plants, rows
from hengjian.config.demo.quantities import form_items, recipes, seasons
from hengjian.kernel.access.declare import ROLES, Role
from hengjian.kernel.regions.boundaries import county_polygons
from hengjian.kernel.regions.rules import locate
from hengjian.registry.reference import shipped_industries
from hengjian.registry.rules.credit_code import CreditCodeRefused, validate_credit_code
from tests.support.shared import read_csv, shared

KEY_INDUSTRIES = {"steel", "coking", "cement", "coal_power", "refining"}
MARK = "（演示）"


def test_sixty_sites_over_all_cities_and_industries() -> None:
    sites = plants().values()
    cities = Counter(site.county // 100 for site in sites)
    assert len(sites) == 60
    assert len(cities) == 16
    assert cities[3711] >= 6
    assert cities[3713] >= 4
    assert {s.county for s in sites if s.county // 100 == 3711} == {371102, 371103, 371121, 371122}
    assert {i for site in sites for i in site.industries} == {i.code for i in shipped_industries()}
    assert sum(site.industries[0] in KEY_INDUSTRIES for site in sites) > 30
    assert sum(not site.confirmed for site in sites) == 3
    assert any(len(site.industries) > 2 for site in sites)


def test_some_enterprises_have_sites_in_two_cities() -> None:
    cities: dict[str, set[int]] = {}
    for site in plants().values():
        cities.setdefault(site.firm, set()).add(site.county // 100)
    assert sum(len(found) > 1 for found in cities.values()) >= 5
    assert set(cities) == set(firms()), "an enterprise without a site"


def test_credit_codes_are_valid_and_differ_and_a_changed_one_is_refused() -> None:
    codes = [firm.credit_code for firm in firms().values()]
    assert [validate_credit_code(code) for code in codes] == codes
    assert len(set(codes)) == len(codes)
    wrong = codes[0][:-1] + ("0" if codes[0][-1] != "0" else "1")
    with pytest.raises(CreditCodeRefused):
        validate_credit_code(wrong)


def test_points_lie_in_their_counties() -> None:
    for site in plants().values():
        lon, lat = point_in(site.county, site.key)
        assert locate(float(lon), float(lat), county_polygons()) == site.county, site.key


def test_every_role_has_one_account_and_some_posts_are_vacant() -> None:
    first: dict[str, str] = {}
    for held in holdings():
        if held.username:
            first.setdefault(held.username, held.role)
    # A system comes with a key, not with an account.
    assert set(first.values()) == {role.value for role in Role} - {Role.SENDER.value}
    assert sum(1 for h in holdings() if not h.person) >= 3
    posts = Counter(h.username for h in holdings() if h.username)
    assert max(posts.values()) == 2
    for held in holdings():
        level = (
            "province" if held.region == 370000 else "city" if held.region % 100 == 0 else "county"
        )
        allowed = {str(one) for one in ROLES[Role(held.role)].levels}
        assert level in allowed or "site" in allowed, held


def test_the_reporter_belongs_to_the_site_of_rizhao_that_is_clearly_over() -> None:
    site = {h.username: h.site for h in holdings()}
    assert site["reporter"] == site["reviewer"] == site["resident"]
    plant = plants()[site["reporter"]]
    assert plant.county // 100 == 3711
    assert plant.level is not None
    assert 1.08 <= plant.level <= 1.15
    assert plants()[site["linyi-reporter"]].county // 100 == 3713


def test_every_name_says_that_it_is_invented() -> None:
    for firm in firms().values():
        assert MARK in firm.name
        assert not firm.former or MARK in firm.former
        assert firm.brand in firm.name


def test_reference_rows_state_source_and_confidence_and_name_known_items() -> None:
    for name in ("recipes.csv", "seasons.csv", "sites.csv", "enterprises.csv", "people.csv"):
        assert all(row["source"] and row["confidence"] for row in rows(name)), name
    assert {part.item for parts in recipes().values() for part in parts} <= set(form_items())
    assert {site.recipe for site in plants().values()} == set(recipes())
    assert {("*", month) for month in range(1, 13)} <= set(seasons())


def test_no_name_is_or_holds_that_of_a_real_plant() -> None:
    real = real_names()
    assert len(real) > 250
    named = max(real)
    assert clash(named, real), "the check finds nothing"
    assert clash(f"演示{named}东港厂区", real), "the check misses a name within a name"
    for firm in firms().values():
        for name in (firm.name, firm.former, firm.alias, firm.brand):
            assert not clash(name, real), name
    for plant in plants().values():
        assert not clash(firms()[plant.firm].brand + plant.name, real), plant.key


def real_names() -> set[str]:
    """Names of plants and of who owns them, Chinese and English."""
    found: set[str] = set()
    for file, columns in (
        ("plants.csv", ("name_zh", "name_en", "owner", "parent")),
        ("coal_power_units.csv", ("name_zh", "plant_en", "parent", "sponsor")),
        ("wri_power_plants.csv", ("Name", "Owner")),
        ("steel_capacity.csv", ("Plant name (English)", "Plant name (other language)")),
    ):
        for row in read_csv(shared(f"data/shandong_plants/{file}")):
            found |= {row[column].strip() for column in columns if row[column]}
    return {name for name in found if len(name) > 1}


def clash(name: str, real: set[str]) -> bool:
    """Whether a name equals, holds or is held by a real one."""
    return bool(name) and any(one in name or name in one for one in real)
