"""Systems of senders: register one, give it a key (shown once), renew, revoke."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from hengjian.kernel.access import senders
from hengjian.kernel.access.scope import can
from hengjian.measures.permissions import SOURCE_LABELS, Source
from hengjian.registry.selectors.reach import find_reach
from hengjian.web.forms import parsed
from hengjian.web.gate import needs
from hengjian.web.requests import HouseRequest

# The resident supervisor vouches in person: no system speaks for him.
_SOURCES = [
    (s.value, gettext_lazy(label)) for s, label in SOURCE_LABELS.items() if s is not Source.RESIDENT
]
_REACH = [
    ("enterprise", gettext_lazy("一家企业")),
    ("sites", gettext_lazy("若干厂区")),
    ("regions", gettext_lazy("若干地区")),
]


class RegisterForm(forms.Form):
    """What a system may deliver, for whom, from where, for how long."""

    name = forms.CharField(label=gettext_lazy("系统名称"), max_length=60)
    sources = forms.MultipleChoiceField(
        label=gettext_lazy("数据来源"),
        choices=_SOURCES,
        widget=forms.CheckboxSelectMultiple,
    )
    kind = forms.ChoiceField(label=gettext_lazy("报送范围"), choices=_REACH)
    reach = forms.CharField(
        label=gettext_lazy("范围内容"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "每行一个：企业写统一社会信用代码或全称，厂区写编号或全称，地区写代码或全称"
        ),
    )
    networks = forms.CharField(
        label=gettext_lazy("允许的网络地址"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("每行一个地址或网段，不填为不限"),
    )
    contact = forms.CharField(label=gettext_lazy("联系人"), max_length=120, required=False)
    valid_days = forms.IntegerField(
        label=gettext_lazy("密钥有效期（天）"),
        min_value=1,
        max_value=senders.MAX_VALID_DAYS,
        initial=365,
    )


class ValidForm(forms.Form):
    """How long the new key holds."""

    valid_days = forms.IntegerField(
        label=gettext_lazy("有效期（天）"), min_value=1, max_value=senders.MAX_VALID_DAYS
    )


class RevokeForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=gettext_lazy("原因"), max_length=200)


@require_GET
@login_required
@needs("access.sender.view")
def sender_list(request: HouseRequest) -> HttpResponse:
    """Every registered system with its keys."""
    return _page(request)


@require_POST
@login_required
@needs("access.sender.register")
def register(request: HouseRequest) -> HttpResponse:
    """Register a system; its key is shown on this answer and never again."""
    form = parsed(RegisterForm(request.POST))
    reach, region = find_reach(request.actor, form["kind"], form["reach"].splitlines())
    sender, key = senders.register_sender(
        actor=request.actor,
        name=form["name"],
        sources=form["sources"],
        reach=reach,
        home_region=region,
        networks=[line for line in form["networks"].splitlines() if line.strip()],
        contact=form["contact"],
        valid_days=form["valid_days"],
        now=request.now,
        today=request.today,
    )
    return _page(request, key=key, name=sender.account.name)


@require_POST
@login_required
@needs("access.key.issue")
def rotate(request: HouseRequest, sender_id: int) -> HttpResponse:
    """A new key; the former ones hold for the overlap."""
    form = parsed(ValidForm(request.POST))
    sender = senders.find_sender(request.actor, sender_id)
    key = senders.rotate_key(
        actor=request.actor, sender_id=sender_id, valid_days=form["valid_days"], now=request.now
    )
    return _page(request, key=key, name=sender.account.name)


@require_POST
@login_required
@needs("access.key.revoke")
def revoke(request: HouseRequest, sender_id: int) -> HttpResponse:
    """Stop every key of a system at once."""
    form = parsed(RevokeForm(request.POST))
    count = senders.revoke_keys(
        actor=request.actor, sender_id=sender_id, reason=form["reason"], now=request.now
    )
    messages.success(request, _("已吊销 %(count)s 个密钥，立即生效") % {"count": count})
    return HttpResponseRedirect(reverse("senders:list"))


def _page(request: HouseRequest, *, key: str = "", name: str = "") -> HttpResponse:
    actor = request.actor
    context = {
        "systems": list(_systems(request)),
        "form": RegisterForm() if can(actor, "access.sender.register") else None,
        "may_issue": can(actor, "access.key.issue"),
        "may_revoke": can(actor, "access.key.revoke"),
        "new_key": key,
        "new_name": name,
        "overlap_days": senders.OVERLAP.days,
    }
    response = render(request, "access/senders.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _systems(request: HouseRequest) -> Iterator[dict[str, Any]]:
    for sender in senders.sender_list(request.actor):
        duties = list(sender.account.duties.all())
        yield {
            "id": sender.pk,
            "name": sender.account.name,
            "sources": "、".join(_(SOURCE_LABELS[Source(s)]) for s in sender.sources),
            "reach": _reach(duties[0]) if duties else "",
            "networks": "、".join(sender.networks),
            "contact": sender.contact,
            "keys": [_key(key, request.now) for key in sender.keys.all()],
        }


def _reach(duty: Any) -> str:
    reaches = list(duty.reaches.all())
    names = [r.region.name for r in reaches if r.region_id]
    if names:
        return "、".join(names)
    sites = sum(1 for r in reaches if r.site)
    return _("%(count)s 个厂区") % {"count": sites} if sites else _("1 家企业")


def _key(key: Any, now: datetime) -> dict[str, str]:
    if key.revoked_at is not None:
        state, text = "red", _("已吊销")
    elif key.expires_at <= now:
        state, text = "none", _("已过期")
    else:
        state, text = "done", _("有效")
    used = key.last_used_at
    return {
        "prefix": f"hjk_{key.prefix}_…",
        "state": state,
        "text": text,
        "expires": f"{localtime(key.expires_at):%Y-%m-%d %H:%M}",
        "used": f"{localtime(used):%Y-%m-%d %H:%M}" if used else _("从未使用"),
    }
