"""Enterprises, sites and what hangs on them, invented, for the tests of every app.

site = make_site(region=371102, industry="steel", name="岚海特钢")
line = make_line(site, product="粗钢", capacity=Decimal(3100))
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import factory

from hengjian.kernel.text import search_key
from hengjian.registry.models import Enterprise, Industry, Line, Meter, Site, SiteIndustry
from hengjian.registry.rules.credit_code import check_digit
from hengjian.registry.services.reference import load_industries

RIZHAO_DONGGANG = 371102


def credit_code(number: int) -> str:
    """A code with a true check digit; its first places are used by no registration office."""
    body = f"9Y371100{number:09d}"
    return body + check_digit(body)


class EnterpriseFactory(factory.django.DjangoModelFactory):  # type: ignore[misc]
    """An invented legal person; its region is that of its seat."""

    class Meta:
        model = Enterprise

    name = factory.Sequence(lambda n: f"衡鉴测试{n}号有限公司")
    credit_code = factory.Sequence(credit_code)
    seat_id = RIZHAO_DONGGANG
    regions = factory.LazyAttribute(lambda enterprise: [enterprise.seat_id])
    search = factory.LazyAttribute(
        lambda enterprise: search_key(
            names=(enterprise.name,), codes=(enterprise.credit_code or "",)
        )
    )


class SiteFactory(factory.django.DjangoModelFactory):  # type: ignore[misc]
    """An invented plant of one enterprise; the enterprise follows its region."""

    class Meta:
        model = Site

    enterprise = factory.SubFactory(EnterpriseFactory, seat_id=factory.SelfAttribute("..region_id"))
    name = factory.Sequence(lambda n: f"衡鉴测试{n}号厂区")
    region_id = RIZHAO_DONGGANG
    is_demo = True
    search = factory.LazyAttribute(lambda site: search_key(names=(site.name,)))


def make_site(
    *,
    region: int = RIZHAO_DONGGANG,
    industry: str = "steel",
    name: str | None = None,
    enterprise: Enterprise | None = None,
    **fields: Any,
) -> Site:
    """A site with its main industry; ``enterprise`` None makes one of its own."""
    given: dict[str, Any] = {"region_id": region, **fields}
    if name is not None:
        given["name"] = name
    if enterprise is not None:
        given["enterprise"] = enterprise
    site: Site = SiteFactory(**given)
    owner = site.enterprise
    if region not in owner.regions:
        owner.regions = sorted({*owner.regions, region})
        owner.save(update_fields=["regions"])
    SiteIndustry.objects.create(
        site=site,
        region_id=site.region_id,
        enterprise_id=site.enterprise_id,
        industry=make_industry(industry),
        main=True,
    )
    return site


def make_industry(code: str) -> Industry:
    """A loaded industry; loads the reference where the database has none."""
    if not Industry.objects.filter(code=code).exists():
        load_industries()
    return Industry.objects.get(code=code)


def make_line(
    site: Site,
    *,
    name: str = "1号生产线",
    industry: str = "steel",
    product: str = "粗钢",
    capacity: Decimal | None = Decimal(100),
    capacity_unit: str = "万吨/年",
    commissioned_on: date | None = None,
) -> Line:
    """A production line of a site."""
    return Line.objects.create(
        site=site,
        region_id=site.region_id,
        enterprise_id=site.enterprise_id,
        name=name,
        industry=make_industry(industry),
        product=product,
        capacity=capacity,
        capacity_unit=capacity_unit,
        commissioned_on=commissioned_on,
    )


def make_meter(site: Site, *, code: str = "DB-0101", **fields: Any) -> Meter:
    """An electricity meter at the entry of a site."""
    given: dict[str, Any] = {"level": Meter.Level.SITE, "medium": "electricity", **fields}
    return Meter.objects.create(
        site=site, region_id=site.region_id, enterprise_id=site.enterprise_id, code=code, **given
    )
