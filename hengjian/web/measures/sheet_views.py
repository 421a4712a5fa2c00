"""Filling in a form as a workbook: download, upload and preview, one acceptance."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hengjian.kernel.access.scope import require
from hengjian.kernel.errors import DomainError, FieldError, NotVisible, ValidationFailed
from hengjian.kernel.files.workbook import WorkbookRefused
from hengjian.kernel.text import N_, quantity
from hengjian.measures.reference import form_heads
from hengjian.measures.rules.forms import Form
from hengjian.measures.selectors.form_lines import period_text
from hengjian.measures.services.sheet_template import form_template
from hengjian.measures.services.sheets import (
    LIMITS,
    MAX_ROWS,
    Seen,
    SheetRow,
    accept_sheet,
    packed,
    preview_sheet,
    read_sheet,
    site_plant,
    unpacked,
)
from hengjian.web.measures.forms import SheetForm
from hengjian.web.requests import HouseRequest

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_STATES = {
    "created": ("done", N_("可报出")),
    "awaiting": ("blue", N_("提交审核")),
    "replayed": ("plain", N_("此前已报")),
    "unchanged": ("plain", N_("此前已报，没有变化")),
}
KEPT_SECONDS = 3600


@require_GET
@login_required
def template(request: HouseRequest, site: UUID, form: str) -> HttpResponse:
    """The workbook to fill in."""
    code = _form(form)
    body = form_template(actor=request.actor, site_id=site, form=code, today=request.today)
    response = HttpResponse(body, content_type=_XLSX)
    response.headers["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=_(form_heads()[code].title) + ".xlsx"
    )
    return response


@require_http_methods(["GET", "POST"])
@login_required
def sheet(request: HouseRequest, site: UUID, form: str) -> HttpResponse:
    """Choose a file; what it would give; accept."""
    require(request.actor, "measures.report.submit")
    code = _form(form)
    place, _plant = site_plant(request.actor, site)
    context: dict[str, Any] = {
        "site": place.name,
        "title": _(form_heads()[code].title),
        "template_url": reverse("measures:excel_template", args=[site, code.value]),
        "list_url": reverse("measures:form_list"),
        "limits_text": _("不超过 %(size)s MB、%(rows)s 行")
        % {"size": LIMITS.file_bytes // 2**20, "rows": MAX_ROWS},
        "form": SheetForm(),
    }
    if request.method == "GET":
        return render(request, "measures/sheet.html", context)
    try:
        if request.POST.get("action") == "accept":
            return _accept(request, site, code)
        context |= _preview(request, site, code)
    except (ValidationFailed, WorkbookRefused) as refused:
        context["faults"] = _faults(refused)
    status = 422 if context.get("faults") else 200
    return render(request, "measures/sheet.html", context, status=status)


def _preview(request: HouseRequest, site: UUID, code: Form) -> dict[str, Any]:
    form = SheetForm(request.POST, request.FILES)
    if not form.is_valid():
        return {"form": form, "faults": [{"row": "", "column": "", "text": _("请选择文件")}]}
    file: UploadedFile[bytes] = form.cleaned_data["file"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet"
        with path.open("wb") as copy:
            copy.writelines(file.chunks())
        read = read_sheet(
            actor=request.actor, site_id=site, form=code, path=path, file_name=file.name or ""
        )
    seen, errors = preview_sheet(
        actor=request.actor,
        site_id=site,
        form=code,
        rows=read.rows,
        now=request.now,
        today=request.today,
    )
    faults = sorted([*read.faults, *errors], key=lambda e: e.row or 0)
    return {
        "file": file.name,
        "rows": [_row(code, one) for one in seen],
        "faults": [_fault(error) for error in faults],
        "kept": "" if faults else _keep(request, site, code, read.rows),
    }


def _accept(request: HouseRequest, site: UUID, code: Form) -> HttpResponse:
    """Send what was previewed: the same rows with the same ids, so a second click changes nothing."""
    try:
        said = signing.loads(
            request.POST.get("kept", ""), salt="measures.sheet", max_age=KEPT_SECONDS
        )
    except signing.BadSignature:
        raise ValidationFailed([FieldError("file", N_("预览已过期，请重新上传"))]) from None
    if said["for"] != _for(request, site, code):
        raise NotVisible
    seen = accept_sheet(
        actor=request.actor,
        site_id=site,
        form=code,
        rows=unpacked(said["rows"]),
        now=request.now,
        today=request.today,
    )
    new = sum(one.state in {"created", "awaiting"} for one in seen)
    messages.success(
        request, _("已接收 %(new)s 期，共 %(all)s 行。") % {"new": new, "all": len(seen)}
    )
    return redirect("measures:form_list")


def _keep(request: HouseRequest, site: UUID, code: Form, rows: tuple[SheetRow, ...]) -> str:
    said = {"for": _for(request, site, code), "rows": packed(rows)}
    return signing.dumps(said, salt="measures.sheet", compress=True)


def _for(request: HouseRequest, site: UUID, code: Form) -> list[str]:
    return [str(request.actor.account_id), str(site), code.value]


def _form(text: str) -> Form:
    if text not in set(Form):
        raise NotVisible
    return Form(text)


def _row(code: Form, one: Seen) -> dict[str, Any]:
    kind, text = _STATES[one.state]
    report = one.report
    return {
        "number": one.number,
        "period": period_text(code, one.period),
        "items": one.items,
        "energy": quantity(report.energy_tce, "tce", 2) if report and code is Form.DAILY else "—",
        "state": kind,
        "state_text": _(text),
    }


def _faults(refused: DomainError) -> list[dict[str, Any]]:
    if isinstance(refused, ValidationFailed):
        return [_fault(error) for error in refused.errors]
    return [{"row": "", "column": _("文件"), "text": _(refused.message).format(**refused.data)}]


def _fault(error: FieldError) -> dict[str, Any]:
    text = _(error.message)
    return {
        "row": error.row or "",
        "column": _("文件") if error.field == "file" else error.field,
        "text": text.format(**error.data) if error.data else text,
    }
