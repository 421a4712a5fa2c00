"""Seeded images that someone might send: broken ones, and good ones that carry more than pixels."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable, Mapping

from PIL import Image, PngImagePlugin

SCRIPT = b"<script>alert(document.domain)</script>"
SECRET = "canary-36.4N-119.5E"


def picture(
    rng: random.Random, mode: str = "RGB", size: tuple[int, int] | None = None
) -> Image.Image:
    width, height = size or (rng.randint(20, 90), rng.randint(20, 90))
    bands = len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, (width, height), rng.randbytes(width * height * bands))


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def gps_exif(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = SECRET
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (36.0, 24.0, 1.0)
    return exif


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _bomb(rng: random.Random) -> bytes:
    """20,000 × 20,000 pixels by its header, 400 Mpx in a few bytes."""
    side = rng.randint(15_000, 20_000)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\x00" * 200_000, 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def _warned_bomb(rng: random.Random) -> bytes:
    """Just over the limit, below Pillow's own error at twice the limit."""
    side = rng.randint(7_100, 9_900)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"")


def _jpeg_bomb(rng: random.Random) -> bytes:
    """A JPEG whose frame header claims 65,500 × 65,500."""
    content = bytearray(encoded(picture(rng), "JPEG"))
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", 65_500, 65_500)
    return bytes(content)


def _truncated(rng: random.Random) -> bytes:
    content = encoded(picture(rng, size=(80, 80)), rng.choice(["JPEG", "PNG", "WEBP"]))
    return content[: rng.randint(20, len(content) // 2)]


def _header_only(rng: random.Random) -> bytes:
    return rng.choice([b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\x00\x00\x00\x00WEBP"])


def _text_bomb(rng: random.Random) -> bytes:
    """A PNG text chunk of 4 KB that inflates to 4 MB."""
    content = encoded(picture(rng), "PNG")
    packed = zlib.compress(b"A" * (4 << 20), 9)
    return content[:33] + chunk(b"zTXt", b"Comment\x00\x00" + packed) + content[33:]


def _noise(rng: random.Random) -> bytes:
    return b"\xff\xd8\xff" + rng.randbytes(2000)


def _renamed_gif(rng: random.Random) -> bytes:
    return b"\xff\xd8\xff" + encoded(picture(rng, "L"), "GIF")


REFUSED: Mapping[str, Callable[[random.Random], bytes]] = {
    "bomb": _bomb,
    "bomb that only warns": _warned_bomb,
    "jpeg bomb": _jpeg_bomb,
    "truncated": _truncated,
    "header only": _header_only,
    "text bomb": _text_bomb,
    "noise": _noise,
    "gif behind a jpeg mark": _renamed_gif,
}


def _polyglot(rng: random.Random) -> bytes:
    return encoded(picture(rng), "JPEG", comment=SCRIPT) + SCRIPT


def _cmyk(rng: random.Random) -> bytes:
    return encoded(picture(rng, "CMYK"), "JPEG")


def _gps(rng: random.Random) -> bytes:
    form = rng.choice(["JPEG", "PNG", "WEBP"])
    return encoded(picture(rng), form, exif=gps_exif(rng.randint(1, 8)))


def _text_chunks(rng: random.Random) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", SECRET)
    info.add_itxt("XML:com.adobe.xmp", f"<x>{SECRET}</x>")
    return encoded(picture(rng, rng.choice(["RGB", "L", "RGBA"])), "PNG", pnginfo=info) + SCRIPT


def _animated(rng: random.Random) -> bytes:
    size = (40, 30)
    frames = [picture(rng, size=size) for _ in range(4)]
    form = rng.choice(["PNG", "WEBP"])
    return encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=50)


def _palette(rng: random.Random) -> bytes:
    return encoded(picture(rng).quantize(16), "PNG", transparency=rng.randint(0, 15))


def _deep(rng: random.Random) -> bytes:
    return encoded(Image.new("I;16", (30, 20), rng.randint(0, 65535)), "PNG")


def _profile(rng: random.Random) -> bytes:
    return encoded(picture(rng), "JPEG", icc_profile=SECRET.encode(), xmp=SECRET.encode())


ACCEPTED: Mapping[str, Callable[[random.Random], bytes]] = {
    "polyglot": _polyglot,
    "cmyk": _cmyk,
    "gps": _gps,
    "text chunks": _text_chunks,
    "animated": _animated,
    "palette": _palette,
    "16 bit": _deep,
    "profile": _profile,
}
