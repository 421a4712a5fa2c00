"""Importing a register: upload, preview and decide, apply."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hengjian.kernel.access.scope import can, require
from hengjian.kernel.errors import NotVisible
from hengjian.registry.selectors.imports import BatchPage, batch_page, batches
from hengjian.registry.services.import_apply import apply_import
from hengjian.registry.services.import_template import import_template as template_bytes
from hengjian.registry.services.imports import LIMITS, cancel_import, decide_rows, upload_register
from hengjian.web.forms import parsed
from hengjian.web.registry.forms import UploadForm
from hengjian.web.requests import HouseRequest

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_http_methods(["GET", "POST"])
@login_required
def import_list(request: HouseRequest) -> HttpResponse:
    """Choose a file; the batches so far."""
    if request.method == "POST":
        return _upload(request)
    context = {
        "stage": "choose",
        "steps": _steps(0),
        "form": UploadForm() if can(request.actor, "registry.import.run") else None,
        "batches": batches(request.actor),
        "template_csv_url": reverse("registry:import_template", args=["csv"]),
        "template_xlsx_url": reverse("registry:import_template", args=["xlsx"]),
        "limits_text": _("不超过 %(size)s MB、%(rows)s 行")
        % {"size": LIMITS.file_bytes // 2**20, "rows": f"{LIMITS.rows:,}"},
    }
    return render(request, "registry/import.html", context)


def _upload(request: HouseRequest) -> HttpResponse:
    require(request.actor, "registry.import.run")
    file: UploadedFile[bytes] = parsed(UploadForm(request.POST, request.FILES))["file"]
    name = file.name or ""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "register"
        with path.open("wb") as copy:
            copy.writelines(file.chunks())
        batch = upload_register(actor=request.actor, path=path, file_name=name, now=request.now)
    if batch.applied_at is not None:
        messages.info(request, _("这个文件以前导入过，台账没有变化。"))
    return HttpResponseRedirect(reverse("registry:import_detail", args=[batch.pk]))


@require_http_methods(["GET", "POST"])
@login_required
def import_detail(request: HouseRequest, batch_id: UUID) -> HttpResponse:
    """Preview and decide, or what became of it."""
    if request.method == "POST":
        return _act(request, batch_id)
    page = batch_page(request.actor, batch_id)
    preview = page.state == "preview"
    context = {
        "stage": "preview" if preview else "done",
        "steps": _steps(1 if preview else 2),
        "list_url": reverse("registry:site_list"),
        "receipt": page.id,
        **_shown(page),
    }
    return render(request, "registry/import.html", context)


def _act(request: HouseRequest, batch_id: UUID) -> HttpResponse:
    """Save the decisions, then do what the button says."""
    actor, action = request.actor, request.POST.get("action", "")
    if action == "cancel":
        cancel_import(actor=actor, batch_id=batch_id, now=request.now)
        return HttpResponseRedirect(reverse("registry:import_list"))
    left = decide_rows(
        actor=actor,
        batch_id=batch_id,
        decisions=_decisions(request.POST),
        rest={"rest_same": "same", "rest_new": "new", "rest_skip": "skip"}.get(action, ""),
    )
    if action == "commit":
        apply_import(actor=actor, batch_id=batch_id, now=request.now)
        messages.success(request, _("已导入"))
    else:
        messages.info(request, _("决定已保存，还有 %(left)s 行未决定") % {"left": left})
    return HttpResponseRedirect(reverse("registry:import_detail", args=[batch_id]))


@require_GET
@login_required
def import_template(request: HouseRequest, kind: str) -> HttpResponse:
    """The table to fill in."""
    if kind not in _TYPES:
        raise NotVisible
    body = template_bytes(actor=request.actor, kind=kind)
    name = _("企业台账导入模板") + f".{kind}"
    response = HttpResponse(body, content_type=_TYPES[kind])
    response.headers["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=name
    )
    return response


def _decisions(posted: QueryDict) -> dict[UUID, str]:
    """Fields ``row-<id>``; a field that is no row is nobody's decision."""
    found = {}
    for key, value in posted.items():
        row = key.removeprefix("row-")
        if row != key and len(row) == 36 and value:
            found[_uuid(row)] = str(value)
    return found


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotVisible from error


def _steps(at: int) -> list[dict[str, Any]]:
    labels = (_("选择文件"), _("核对与决定"), _("入库"))
    states = ["ok"] * at + ["cur"] + ["todo"] * (2 - at)
    return [{"label": label, "state": state} for label, state in zip(labels, states, strict=True)]


def _shown(page: BatchPage) -> dict[str, Any]:
    names = (
        "file", "summary", "errors", "errors_more", "matches", "matches_more", "undecided",
        "columns", "sample", "may_commit", "result_text",
    )  # fmt: skip
    return {name: getattr(page, name) for name in names}
