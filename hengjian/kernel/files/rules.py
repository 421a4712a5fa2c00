"""What a received file is, told by its bytes alone, and what it may be called. Pure."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Mapping
from enum import StrEnum

from hengjian.kernel.text import N_

MAX_STEM = 70  # of Chinese characters: with its suffix a name stays below 255 bytes of UTF-8
_UNSAFE = re.compile(r'[<>:"|?*]')
_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # control, bidi and invisible, surrogates
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_TEXT_CONTROL = frozenset(map(chr, [*range(9), 11, 12, *range(14, 32), 127]))
_UNNAMED = N_("附件")


class MediaType(StrEnum):
    """The kinds of file that are taken in."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    PDF = "application/pdf"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    TEXT = "text/plain"


IMAGES = frozenset({MediaType.JPEG, MediaType.PNG, MediaType.WEBP})
INLINE = IMAGES | {MediaType.PDF}

# The first suffix is given to a name that has none of them: text called run.bat is sent as run.bat.txt.
_SUFFIXES: Mapping[MediaType, tuple[str, ...]] = {
    MediaType.JPEG: (".jpg", ".jpeg"),
    MediaType.PNG: (".png",),
    MediaType.WEBP: (".webp",),
    MediaType.PDF: (".pdf",),
    MediaType.XLSX: (".xlsx",),
    MediaType.TEXT: (".txt", ".csv"),
}


def sniff(content: bytes) -> MediaType | None:
    """The kind of the whole content; None for every other kind. Name and claimed type do not matter."""
    if content.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaType.PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return MediaType.WEBP
    if re.match(rb"%PDF-[12]\.[0-9]", content):
        return MediaType.PDF
    if content.startswith(b"PK\x03\x04"):
        return MediaType.XLSX if _is_workbook(content) else None
    return MediaType.TEXT if _is_text(content) else None


def _is_workbook(content: bytes) -> bool:
    """A workbook without macros, by its list of parts; nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = {name.casefold() for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
        return False
    macros = any("vbaproject" in name or "macrosheets" in name for name in names)
    return {"[content_types].xml", "xl/workbook.xml"} <= names and not macros


def _is_text(content: bytes) -> bool:
    """UTF-8 or GB18030 text (what Chinese Excel saves as CSV) that is no markup."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        start = text.lstrip()
        return bool(start) and not start.startswith("<") and not _TEXT_CONTROL & set(text)
    return False


def clean_name(name: str, media_type: MediaType) -> str:
    """``name`` without folders, control, bidi and invisible characters, with a suffix of its kind."""
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(c for c in last if unicodedata.category(c) not in _CATEGORIES)
    kept = unicodedata.normalize("NFC", _UNSAFE.sub("_", kept)).rstrip(". \u3000")
    suffix = next((s for s in _SUFFIXES[media_type] if kept.lower().endswith(s)), "")
    stem = (kept[: -len(suffix)] if suffix else kept)[:MAX_STEM].strip(". \u3000")
    if not stem or _RESERVED.fullmatch(stem):
        stem = f"{_UNNAMED}{stem}"
    return stem + (suffix or _SUFFIXES[media_type][0])


def place(sha256: str) -> str:
    """Where content lies below the folder of files: ``ab/cd/<sha256>``."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"
