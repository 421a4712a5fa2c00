"""Batches: who sent what and what became of it; an official takes over a file of the grid company and others."""

from __future__ import annotations

import csv
import hashlib
import io
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from hengjian.kernel.access.history import timeline
from hengjian.kernel.access.scope import can
from hengjian.kernel.errors import FieldError, TooLarge, ValidationFailed
from hengjian.kernel.files.workbook import Row, Table, read_table
from hengjian.kernel.text import N_
from hengjian.measures.permissions import SOURCE_LABELS, TAKEN_OVER, Source
from hengjian.measures.reference import form_heads, item_names
from hengjian.measures.rules.batch_table import MEANING_LABELS, Column, Meaning
from hengjian.measures.selectors.batches import (
    batch_page,
    batch_row,
    columns_of,
    get_batch,
    read_rows,
    refused_rows,
)
from hengjian.measures.services.batches import MAX_ROWS, Parcel, take_batch
from hengjian.web.forms import page_number, parsed
from hengjian.web.gate import needs
from hengjian.web.requests import HouseRequest

_SALT, _KEPT_SECONDS, _SAMPLE, _SHOWN = "measures.batch", 3600, 5, 200
_MAX_TABLE = 1_500_000
_SOURCES = [(s.value, gettext_lazy(SOURCE_LABELS[s])) for s in Source if s in TAKEN_OVER]


class UploadForm(forms.Form):
    """Whose figures, of which form, in which file."""

    source = forms.ChoiceField(label=gettext_lazy("数据来源"), choices=_SOURCES)
    form = forms.ChoiceField(
        label=gettext_lazy("报表"),
        choices=[(f.value, gettext_lazy(h.title)) for f, h in form_heads().items()],
    )
    file = forms.FileField(label=gettext_lazy("CSV 或 Excel 文件"))


class TakeForm(forms.Form):
    """The signed table, and whether good rows are kept although others are refused."""

    table = forms.CharField(widget=forms.HiddenInput)
    partial = forms.BooleanField(
        label=gettext_lazy("有错误的行留存待更正，其余入库"), required=False
    )


@require_GET
@login_required
@needs("measures.batch.view")
def batch_list(request: HouseRequest) -> HttpResponse:
    """Batches in scope, newest first."""
    query = request.GET
    text, source, state = (query.get(name, "") for name in ("q", "source", "state"))
    page = batch_page(
        request.actor,
        text=text.strip().replace("\x00", ""),
        source=source,
        state=state,
        page=page_number(query),
    )
    context = {
        "page": page,
        "filters": _filters(text, source, state),
        "scope_text": request.actor.post,
        "form": UploadForm() if can(request.actor, "measures.batch.upload") else None,
        "limits_text": _("每批不超过 %(rows)s 行，UTF-8 或 GB18030 编码")
        % {"rows": f"{MAX_ROWS:,}"},
    }
    template = "measures/_batch_rows.html" if request.htmx else "measures/batch_list.html"
    return render(request, template, context)


def _filters(text: str, source: str, state: str) -> list[dict[str, object]]:
    return [
        {
            "name": "q",
            "label": _("查找"),
            "kind": "search",
            "value": text,
            "placeholder": _("报送单位、文件名或批次编号"),
        },
        {
            "name": "source",
            "label": _("来源"),
            "kind": "select",
            "value": source,
            "options": [(s.value, _(label)) for s, label in SOURCE_LABELS.items()],
        },
        {
            "name": "state",
            "label": _("状态"),
            "kind": "select",
            "value": state,
            "options": [("refused", _("有未入库的行"))],
        },
    ]


@require_POST
@login_required
@needs("measures.batch.upload")
def preview(request: HouseRequest) -> HttpResponse:
    """What each column seems to hold, to be confirmed; nothing is stored yet: the table travels signed."""
    form = parsed(UploadForm(request.POST, request.FILES))
    file: UploadedFile[bytes] = form["file"]
    content = b"".join(file.chunks())
    kind = "xlsx" if content.startswith(b"PK") else "csv"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "batch"
        path.write_bytes(content)
        table = read_table(path, "xlsx" if kind == "xlsx" else "csv")
    if len(table.rows) > MAX_ROWS:
        message = N_("每批最多 {rows} 行，请分批发送")
        raise ValidationFailed([FieldError("file", message, data={"rows": MAX_ROWS})])
    said = {
        "id": str(uuid4()),
        "account": request.actor.account_id,
        "source": form["source"],
        "form": form["form"],
        "kind": kind,
        "name": file.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "header": table.header,
        "rows": [[row.number, *row.cells] for row in table.rows],
    }
    signed = signing.dumps(said, salt=_SALT, compress=True)
    if len(signed) > _MAX_TABLE:
        raise TooLarge(N_("文件过大，请分批上传，或由系统通过接口报送"))
    context = {
        "form": TakeForm(initial={"table": signed}),
        "file_name": file.name,
        "source": _(SOURCE_LABELS[Source(form["source"])]),
        "title": _(form_heads()[form["form"]].title),
        "rows": len(table.rows),
        "columns": _columns(table),
        "options": _options(),
    }
    return render(request, "measures/batch_preview.html", context)


def _columns(table: Table) -> list[dict[str, Any]]:
    """What each column seems to hold, with three of its cells."""
    return [
        {
            "name": f"column{at}",
            "head": head,
            "value": column.holds,
            "unit": column.unit,
            "sample": [row.cells[at] for row in table.rows[:3]],
        }
        for at, (head, column) in enumerate(
            zip(table.header, columns_of(table.header), strict=True)
        )
    ]


def _options() -> list[tuple[str, str]]:
    return [
        *((meaning.value, _(label)) for meaning, label in MEANING_LABELS.items()),
        *((code, _(name)) for code, name in item_names().items()),
    ]


@require_POST
@login_required
@needs("measures.batch.upload")
def take(request: HouseRequest) -> HttpResponse:
    """Take in the confirmed table."""
    form = parsed(TakeForm(request.POST))
    said = _unsigned(request, form["table"])
    header = tuple(said["header"])
    known = {value for value, _label in _options()}
    columns = []
    for at, column in enumerate(columns_of(header)):
        holds = request.POST.get(f"column{at}", column.holds)
        unit = column.unit if holds == column.holds else ""
        columns.append(Column(holds if holds in known else Meaning.NOTHING, unit))
    rows = tuple(Row(int(number), tuple(cells)) for number, *cells in said["rows"])
    accepted = take_batch(
        actor=request.actor,
        parcel=Parcel(
            batch_id=UUID(said["id"]),
            source=said["source"],
            form=said["form"],
            rows=read_rows(Table("", 0, header, rows), columns),
            channel=said["kind"],
            sha256=said["sha256"],
            partial=form["partial"],
            file_name=said["name"],
        ),
        now=request.now,
        today=request.today,
    )
    messages.success(
        request, _("批次已入库") if not accepted.repeated else _("该批次此前已入库，没有变化")
    )
    return HttpResponseRedirect(reverse("measures:batch", args=[accepted.batch.pk]))


def _unsigned(request: HouseRequest, text: str) -> dict[str, Any]:
    """The table as it was previewed to this very person within the hour."""
    try:
        said: dict[str, Any] = signing.loads(text, salt=_SALT, max_age=_KEPT_SECONDS)
    except signing.BadSignature as error:
        message = N_("预览已过期或被改动，请重新上传")
        raise ValidationFailed([FieldError("table", message)]) from error
    if said["account"] != request.actor.account_id:
        raise ValidationFailed([FieldError("table", N_("预览已过期或被改动，请重新上传"))])
    return said


@require_GET
@login_required
@needs("measures.batch.view")
def batch_detail(request: HouseRequest, batch_id: UUID) -> HttpResponse:
    """The receipt of one batch and its refused rows."""
    batch = get_batch(request.actor, batch_id)
    row = batch_row(batch)
    context = {
        "batch": row,
        "facts": [
            {"label": _("报送单位"), "value": row.sender},
            {"label": _("岗位或系统"), "value": row.post},
            {"label": _("来源"), "value": row.source},
            {"label": _("方式"), "value": row.channel},
            {"label": _("文件"), "value": row.file_name or "—"},
            {"label": _("报告期"), "value": row.period or "—"},
            {"label": _("接收时间"), "value": row.received},
            {"label": _("批次编号"), "value": str(row.id), "code": True},
            {"label": _("内容校验码"), "value": row.sha256, "code": True},
            {"label": _("报表校验码"), "value": row.reports_sha256, "code": True},
        ],
        "summary": [
            {"label": _("行数"), "value": f"{row.rows:,}"},
            {"label": _("新入库"), "value": f"{row.created:,}"},
            {"label": _("重复"), "value": f"{row.replayed:,}"},
            {"label": _("未入库"), "value": f"{row.refused:,}"},
        ],
        "refused": list(refused_rows(batch, _SHOWN)),
        "more": max(0, row.refused - _SHOWN),
        "events": timeline(request.actor, [f"measures.batch:{batch.pk}"], request.today),
    }
    return render(request, "measures/batch_detail.html", context)


@require_GET
@login_required
@needs("measures.batch.view")
def refused_csv(request: HouseRequest, batch_id: UUID) -> HttpResponse:
    """The refused rows word for word with their reasons, for mending and sending again."""
    batch = get_batch(request.actor, batch_id)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_("行"), _("原文"), _("字段"), _("问题")])
    for row in refused_rows(batch):
        for name, text in row.faults:
            writer.writerow([row.number, _harmless(row.text), _harmless(name), _harmless(text)])
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="refused-{batch.pk}.csv"'
    return response


def _harmless(text: str) -> str:
    """No spreadsheet reads it as a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
