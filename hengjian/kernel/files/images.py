"""Images are decoded and encoded anew before anyone sees them: what is no pixel does not survive."""

from __future__ import annotations

import io
import struct
import warnings
import zlib

from PIL import Image, ImageOps

from hengjian.kernel.errors import FieldError, ValidationFailed
from hengjian.kernel.files.rules import MediaType
from hengjian.kernel.text import N_

MAX_PIXELS = 50_000_000
_FORMATS = {MediaType.JPEG: "JPEG", MediaType.PNG: "PNG", MediaType.WEBP: "WEBP"}
_OPTIONS = {"JPEG": {"quality": 90}, "PNG": {}, "WEBP": {"quality": 90}}
# What Pillow's decoders raise on broken input.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    LookupError,
    TypeError,
    EOFError,
    ArithmeticError,
    struct.error,
    zlib.error,
)

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
# A size over the limit is Pillow's warning, twice the limit its error: here both refuse.
warnings.simplefilter("error", Image.DecompressionBombWarning)


def derivative(content: bytes, media_type: MediaType) -> bytes:
    """The first frame of an image, upright, in the same format, without metadata or trailing bytes.

    Raises:
        ValidationFailed: more than MAX_PIXELS by its header (nothing was decoded then), or broken.
    """
    name = _FORMATS[media_type]
    try:
        with Image.open(io.BytesIO(content), formats=(name,)) as image:
            _check_size(image)
            pixels = _plain(ImageOps.exif_transpose(image), name)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise _too_many() from error
    except _BROKEN as error:
        raise ValidationFailed(
            [FieldError("file", N_("图片已损坏或不完整，请重新拍摄或另存后再上传"))]
        ) from error
    out = io.BytesIO()
    pixels.save(out, format=name, **_OPTIONS[name])
    return out.getvalue()


def _check_size(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise _too_many()


def _too_many() -> ValidationFailed:
    limit = {"limit": MAX_PIXELS // 10_000}
    return ValidationFailed(
        [FieldError("file", N_("图片像素过多，最多 {limit} 万像素"), None, limit)]
    )


def _plain(image: Image.Image, name: str) -> Image.Image:
    """Pixels in a mode that the format can hold; ``info`` emptied, as encoders copy comments from it."""
    alpha = image.has_transparency_data and name != "JPEG"
    grey = image.mode in {"1", "L"} and not alpha and name != "WEBP"
    plain = image.convert("RGBA" if alpha else "L" if grey else "RGB")
    plain.info = {}
    return plain
