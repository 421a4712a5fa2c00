"""Reading received files: access is a fetch, and images come as their re-encoded derivative."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch
from hengjian.kernel.errors import Unavailable
from hengjian.kernel.files.models import File
from hengjian.kernel.files.rules import INLINE, place
from hengjian.kernel.text import N_


@dataclass(frozen=True, slots=True)
class ServedFile:
    """What may leave the house: ``path`` of the served bytes, their type, and the name to save under."""

    path: Path
    media_type: str
    name: str

    @property
    def inline(self) -> bool:
        """Whether a browser may show it; everything else is saved."""
        return self.media_type in INLINE


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file of an object, for a list."""

    id: UUID
    name: str
    size: int


def path_of(sha256: str) -> Path:
    """Where content lies."""
    return Path(settings.FILES_DIR) / place(sha256)


def open_file(actor: Actor, file_id: UUID) -> ServedFile:
    """The file as it is served.

    Raises:
        NotPermitted, NotVisible: as every fetch.
        Unavailable: the row is there, its content is not (storage not mounted, or lost).
    """
    file = fetch(File.objects.all(), actor, "files.file.view", pk=file_id)
    path = path_of(file.served_sha256)
    if not path.is_file():
        raise Unavailable(N_("文件内容暂时无法读取，请联系系统管理员"), subject=file.subject)
    return ServedFile(path, file.media_type, file.name)


def files_of(actor: Actor, subject: str) -> list[FileRow]:
    """The files of one object that the actor may see, oldest first; one query."""
    rows = File.objects.visible_to(actor).filter(subject=subject).order_by("received_at", "id")
    return [FileRow(f.pk, f.name, f.size) for f in rows]
