"""The factor table in the database."""

import pytest

from hengjian.measures.models import Factor
from hengjian.measures.reference import shipped_factors
from hengjian.measures.services.factors import load_factors

pytestmark = pytest.mark.django_db


def test_the_database_holds_the_shipped_factors_and_loading_again_changes_nothing() -> None:
    before = list(Factor.objects.values())
    assert load_factors() == len(before) == len(shipped_factors())
    assert list(Factor.objects.values()) == before
    assert {(f.subject, f.figure, f.value, f.set_id) for f in Factor.objects.all()} == {
        (f.subject, f.figure, f.value, f.version) for f in shipped_factors()
    }
    assert not Factor.objects.filter(source="").exists()
    assert not Factor.objects.filter(confidence="").exists()


def test_a_factor_entered_later_survives_a_reload() -> None:
    old = Factor.objects.filter(subject="raw_coal", figure="calorific").get()
    Factor.objects.create(
        set=old.set, subject="raw_coal", figure="calorific", value="0.72", unit="t",
        valid_from="2027-01-01", source="test", confidence="found",
    )  # fmt: skip
    load_factors()
    assert Factor.objects.filter(subject="raw_coal", figure="calorific").count() == 2
