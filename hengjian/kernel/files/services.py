"""Taking in a file: its bytes are safe on disk before the row that names them is committed."""

from __future__ import annotations

import hashlib
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.kernel.audit.services import record
from hengjian.kernel.errors import Conflict, FieldError, TooLarge, Unavailable, ValidationFailed
from hengjian.kernel.files.images import derivative
from hengjian.kernel.files.models import File
from hengjian.kernel.files.rules import IMAGES, clean_name, sniff
from hengjian.kernel.files.selectors import path_of
from hengjian.kernel.text import N_

_READ_ONLY = 0o440


@transaction.atomic
def store(
    *,
    actor: Actor,
    subject: str,
    name: str,
    stream: IO[bytes],
    region: int,
    enterprise: UUID | None,
    site: UUID | None,
    now: datetime,
    for_resident: bool = False,
) -> File:
    """Keep a file of the object ``subject`` (``kind:id``); the same content again gives the row that is there.

    Whether the actor may add to the object is asked by the service of the object, which calls this one. A file of
    a site moves with it; ``for_resident`` shows it to the site's resident supervisor too.

    Raises:
        NotPermitted, NotVisible: as every act.
        TooLarge: over ``UPLOAD_LIMIT_BYTES``.
        ValidationFailed: empty, of a kind that is not taken in, or a broken image.
        Unavailable: the disk did not take it.
    """
    file = File(
        subject=subject,
        region_id=region,
        enterprise=enterprise,
        site=site,
        resident_site=site if for_resident else None,
        received_at=now,
        received_by=actor.account_id,
    )
    require(actor, "files.file.store", file)
    content = _read(stream)
    media_type = sniff(content)
    if media_type is None:
        raise ValidationFailed([FieldError("file", _refusal(content))])
    file.sha256 = hashlib.sha256(content).hexdigest()
    if known := _known(actor, file):
        return known
    served = derivative(content, media_type) if media_type in IMAGES else content
    file.name, file.media_type = clean_name(name, media_type), media_type.value
    file.size = len(content)
    file.served_sha256 = hashlib.sha256(served).hexdigest()
    _keep(content, file.sha256)
    _keep(served, file.served_sha256)
    return _save(actor, file, now)


def _read(stream: IO[bytes]) -> bytes:
    content = stream.read(settings.UPLOAD_LIMIT_BYTES + 1)
    if len(content) > settings.UPLOAD_LIMIT_BYTES:
        raise TooLarge
    return content


def _refusal(content: bytes) -> str:
    if not content:
        return N_("文件是空的")
    return N_(
        "不接收这种文件，请上传照片（JPG、PNG、WebP）、PDF、不含宏的 xlsx 或文本表格（csv、txt）"
    )


def _known(actor: Actor, file: File) -> File | None:
    rows = File.objects.visible_to(actor)
    return rows.filter(subject=file.subject, sha256=file.sha256).first()


def _keep(content: bytes, sha256: str) -> None:
    """Temporary file → fsync → rename to its place → fsync of each folder that changed."""
    final, root = path_of(sha256), Path(settings.FILES_DIR)
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=root, prefix=".part-")
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                os.fchmod(file.fileno(), _READ_ONLY)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(final)
        finally:
            temporary.unlink(missing_ok=True)
        for folder in (final.parent, final.parent.parent, root):
            _sync_folder(folder)
    except OSError as error:
        raise Unavailable(N_("存储空间不可用，文件没有保存，请稍后再试")) from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _save(actor: Actor, file: File, now: datetime) -> File:
    try:
        with transaction.atomic():
            file.save(force_insert=True)
    except IntegrityError as error:
        # The same content was sent twice at once: the other one is there now.
        if known := _known(actor, file):
            return known
        raise Conflict(subject=file.subject) from error
    record(
        actor=actor,
        verb="files.file.store",
        subject=file.subject,
        region=file.region_id,
        now=now,
        data={
            "file": file.pk,
            "name": file.name,
            "media_type": file.media_type,
            "size": file.size,
            "sha256": file.sha256,
        },
    )
    return file
