"""One received file, sent so that nothing in it can act in the house's name."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse
from django.views.decorators.http import require_GET

from hengjian.kernel.files.selectors import open_file
from hengjian.web.requests import HouseRequest


@require_GET
@login_required
def serve(request: HouseRequest, file_id: UUID) -> FileResponse:
    """The bytes: images and PDF shown in a sandbox, everything else saved; never kept by a cache."""
    served = open_file(request.actor, file_id)
    response = FileResponse(
        served.path.open("rb"),
        as_attachment=not served.inline,
        filename=served.name,
        content_type=served.media_type,
    )
    response._csp_update = {"sandbox": True}  # type: ignore[attr-defined]  # noqa: SLF001 - as csp_update does
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
