"""Decode, turn upright, shrink, clean: what a worker does with one photo. Imported by workers only."""

from io import BytesIO
from typing import Any

import pi_heif
from PIL import AvifImagePlugin, Image
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from . import colours, formats, hints
from .developed import Developed
from .refusals import PhotoRefused, refused

DECODING_THREADS = 4

# Only the main picture of a HEIC is looked at; and many cores must not mean many stacks.
pi_heif.options.THUMBNAILS = pi_heif.options.DEPTH_IMAGES = pi_heif.options.AUX_IMAGES = False
pi_heif.options.DECODE_THREADS = AvifImagePlugin.DEFAULT_MAX_THREADS = DECODING_THREADS

LARGE = 1600
SMALL = 320
QUALITY = 82

# Each by its own class: Image.open would try others, and would take a phone's extra pictures (MPO) into account.
OPENERS: dict[str, Any] = {
    "jpeg": JpegImageFile,
    "png": PngImageFile,
    "webp": WebPImageFile,
    "gif": GifImageFile,
    "heic": pi_heif.HeifImageFile,
    "avif": AvifImagePlugin.AvifImageFile,
}
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def develop(data: bytes, most_jpeg_pixels: int, most_pixels: int) -> Developed:
    """The two clean pictures and the hints of one photo; PhotoRefused, or MemoryError when it is too heavy."""
    kind = formats.recognise(data)
    if not formats.whole(data, kind):
        raise refused("truncated")
    if kind == "jpeg" and formats.scans(data) > formats.MOST_SCANS:
        raise refused("too_many_scans")
    try:
        image: Image.Image = OPENERS[kind](BytesIO(data))
        # A JPEG can be decoded at an eighth of its size, so it may be larger.
        if image.width * image.height > (most_jpeg_pixels if kind == "jpeg" else most_pixels):
            raise refused("too_many_pixels")
        return _print(image, kind)
    except (PhotoRefused, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as cause:
        raise refused("too_many_pixels") from cause
    except Exception as cause:  # a hostile file can make a decoder raise anything
        if "memory" in str(cause).lower():  # how the decoders' own libraries say it
            raise MemoryError from cause
        raise refused("broken" if formats.ended(data, kind) else "truncated") from cause


def _print(image: Image.Image, kind: str) -> Developed:
    if kind == "jpeg":
        image.draft(None, _within(image.size, LARGE))
    image.load()
    exif = hints.read_exif(image)
    place = hints.place(exif)

    profile = image.info.get("icc_profile")
    large = shrunk(colours.resizable(image), LARGE)
    # A HEIC comes upright from its decoder: its own rotation counts, its EXIF orientation does not.
    turn = None if kind == "heic" else TURNS.get(hints.orientation(exif))
    if turn is not None:
        large = large.transpose(turn)
    large = colours.plain(large, profile)
    small = shrunk(large, SMALL)
    return Developed(
        large=jpeg(large),
        large_width=large.width,
        large_height=large.height,
        small=jpeg(small),
        small_width=small.width,
        small_height=small.height,
        taken_at=hints.taken_at(exif),
        lat=place[0] if place else None,
        lon=place[1] if place else None,
        source_format=kind,
        fingerprint=_fingerprint(small),
    )


def _within(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """The size with the same proportions that fits, never larger than the given one."""
    width, height = size
    if max(size) <= longest:
        return size
    scale = longest / max(size)
    return max(1, round(width * scale)), max(1, round(height * scale))


def shrunk(image: Image.Image, longest: int) -> Image.Image:
    """The picture so that it fits, never larger than it is."""
    return image.resize(_within(image.size, longest), Image.Resampling.BICUBIC, reducing_gap=2.0)


def jpeg(image: Image.Image) -> bytes:
    """The bytes of a picture as we store it."""
    out = BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _fingerprint(image: Image.Image) -> str:
    """dHash: for each of 8 × 8 fields, whether it is brighter than its right neighbour."""
    grey = image.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            at = row * 9 + column
            bits = bits << 1 | (grey[at] > grey[at + 1])
    return f"{bits:016x}"
