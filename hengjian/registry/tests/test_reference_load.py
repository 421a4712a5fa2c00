"""Industries, designations and limits as loaded; loading again changes nothing."""

from datetime import date

import pytest

from hengjian.registry.models import Industry, IndustryDesignation, Limit
from hengjian.registry.reference import shipped_industries, shipped_limits
from hengjian.registry.services.reference import load_industries, load_limits
from hengjian.registry.tests.factories import make_line, make_meter, make_site

pytestmark = pytest.mark.django_db


def test_the_reference_is_loaded_and_loading_again_changes_nothing() -> None:
    def content() -> list[object]:
        return [
            *Industry.objects.order_by("code").values(),
            *IndustryDesignation.objects.order_by("id").values(),
            *Limit.objects.order_by("key").values(),
        ]

    before = content()
    assert len(before) == 16 + 7 + 192
    assert (load_industries(), load_limits()) == (16, 192)
    assert content() == before


def test_designations_are_dated_and_are_the_flags_of_the_catalogue() -> None:
    def holders(kind: str) -> set[str]:
        rows = IndustryDesignation.objects.filter(kind=kind, valid_from=date(2022, 1, 1))
        return set(rows.values_list("industry_id", flat=True))

    assert holders("key") == {i.code for i in shipped_industries() if i.is_key}
    assert holders("output_controlled") == {
        i.code for i in shipped_industries() if i.is_output_controlled
    }


def test_limits_keep_their_levels() -> None:
    loaded = {
        (x.row_type, x.industry_id, x.product, x.indicator, x.unit, x.effective_from): x
        for x in Limit.objects.all()
    }
    for limit in shipped_limits():
        row = loaded[
            (
                limit.kind,
                limit.industry,
                limit.product,
                limit.indicator,
                limit.unit,
                limit.effective_from,
            )
        ]
        levels = tuple(
            (level, value)
            for level in ("level1", "level2", "level3", "benchmark", "baseline")
            if (value := getattr(row, level)) is not None
        )
        assert levels == limit.levels


def test_factories_make_what_the_database_accepts() -> None:
    first = make_site(name="甲乙钢铁")
    second = make_site(region=370203, enterprise=first.enterprise, industry="coking")
    make_line(second, industry="coking")
    make_meter(second)
    first.enterprise.refresh_from_db()
    assert first.enterprise.regions == [370203, 371102]
    assert "jygt" in first.search
