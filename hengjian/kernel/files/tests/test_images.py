"""Served images hold pixels only; broken and oversized ones are refused before they cost anything."""

from __future__ import annotations

import io
import random
import resource

import pytest
from PIL import Image

from hengjian.kernel.errors import ValidationFailed
from hengjian.kernel.files.images import MAX_PIXELS, derivative
from hengjian.kernel.files.rules import MediaType, sniff
from hengjian.kernel.files.tests.bad_images import (
    ACCEPTED,
    REFUSED,
    SCRIPT,
    SECRET,
    encoded,
    gps_exif,
    picture,
)

EACH = 32
END = {"JPEG": b"\xff\xd9", "PNG": b"IEND\xaeB\x60\x82"}


def impurities(content: bytes) -> list[str]:
    """What an image carries besides one frame of pixels."""
    found = [
        name for name, mark in (("script", SCRIPT), ("secret", SECRET.encode())) if mark in content
    ]
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        found += [f"exif {key}" for key in image.getexif()]
        found += [key for key in ("icc_profile", "comment", "xmp", "Author") if key in image.info]
        if getattr(image, "n_frames", 1) > 1:
            found.append("frames")
        if image.format == "WEBP":
            trailing = int.from_bytes(content[4:8], "little") + 8 != len(content)
        else:
            trailing = not content.endswith(END[str(image.format)])
        if trailing:
            found.append("trailing bytes")
    return found


@pytest.mark.parametrize("kind", ACCEPTED)
def test_a_served_image_is_one_frame_of_pixels(kind: str) -> None:
    rng = random.Random(f"2026 {kind}")
    for _ in range(EACH):
        content = ACCEPTED[kind](rng)
        media_type = sniff(content)
        assert media_type is not None
        served = derivative(content, media_type)
        assert sniff(served) is media_type
        assert impurities(served) == []


@pytest.mark.parametrize("kind", REFUSED)
def test_a_bad_image_is_refused_with_a_reason(kind: str) -> None:
    rng = random.Random(f"2026 {kind}")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(EACH):
        content = REFUSED[kind](rng)
        media_type = sniff(content)
        assert media_type is not None
        with pytest.raises(ValidationFailed) as refused:
            derivative(content, media_type)
        assert refused.value.errors[0].field == "file"
        if "bomb" in kind and kind != "text bomb":
            assert refused.value.errors[0].data == {"limit": 5000}
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100 * 1024, "kilobytes: nothing of a bomb was decoded"


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # skipped tags of damaged EXIF
def test_random_damage_is_refused_or_cleaned() -> None:
    rng = random.Random(7)
    refused = 0
    for number in range(300):
        form = ("JPEG", "PNG", "WEBP")[number % 3]
        content = bytearray(encoded(picture(rng), form, exif=gps_exif(6)))
        for _ in range(rng.randint(1, 12)):
            content[rng.randrange(12, len(content))] = rng.randrange(256)
        media_type = sniff(bytes(content))
        assert media_type is not None
        try:
            assert impurities(derivative(bytes(content), media_type)) == []
        except ValidationFailed:
            refused += 1
    assert 50 < refused < 300


def test_the_photo_stands_upright() -> None:
    image = Image.new("RGB", (40, 20), "white")
    image.paste("red", (0, 0, 10, 20))
    turned = encoded(image, "PNG", exif=gps_exif(orientation=6))
    with Image.open(io.BytesIO(derivative(turned, MediaType.PNG))) as served:
        assert served.size == (20, 40)
        assert served.getpixel((5, 2)) == (255, 0, 0)
        assert served.getpixel((5, 30)) == (255, 255, 255)


def test_transparency_and_colours_survive() -> None:
    image = Image.new("RGBA", (4, 4), (10, 20, 30, 0))
    with Image.open(io.BytesIO(derivative(encoded(image, "PNG"), MediaType.PNG))) as served:
        assert served.getpixel((1, 1)) == (10, 20, 30, 0)
    plain = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    with Image.open(io.BytesIO(derivative(encoded(plain, "JPEG"), MediaType.JPEG))) as served:
        red, green, blue = served.getpixel((8, 8))  # type: ignore[misc]  # RGB
        assert red > 200
        assert green < 60
        assert blue < 60


def test_the_largest_photo_is_taken() -> None:
    content = encoded(Image.new("L", (10_000, MAX_PIXELS // 10_000)), "PNG")
    with Image.open(io.BytesIO(derivative(content, MediaType.PNG))) as served:
        assert served.size == (10_000, MAX_PIXELS // 10_000)


def test_the_check_of_purity_can_fail() -> None:
    rng = random.Random(1)
    dirty = (
        encoded(picture(rng), "JPEG", exif=gps_exif(), comment=SCRIPT, icc_profile=b"x") + SCRIPT
    )
    found = impurities(dirty)
    assert {"script", "secret", "icc_profile", "comment", "trailing bytes"} <= set(found)
    assert any(name.startswith("exif") for name in found)
    assert "frames" in impurities(ACCEPTED["animated"](rng))
