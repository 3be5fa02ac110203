"""Draws the photos the tests need, good and bad."""

import struct
import zlib
from io import BytesIO

from PIL import ExifTags, Image

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 180, 60), (30, 60, 220), (255, 255, 255)
CORNERS = [RED, GREEN, BLUE, WHITE]
"""Upper left, upper right, lower left, lower right of an upright `four_corners`."""

# The way from the upright picture to the stored one: what a camera held askew would have written.
STORED_AS = {
    1: [],
    2: [Image.Transpose.FLIP_LEFT_RIGHT],
    3: [Image.Transpose.ROTATE_180],
    4: [Image.Transpose.FLIP_TOP_BOTTOM],
    5: [Image.Transpose.TRANSPOSE],
    6: [Image.Transpose.ROTATE_90],
    7: [Image.Transpose.TRANSVERSE],
    8: [Image.Transpose.ROTATE_270],
}


def four_corners(width: int = 320, height: int = 240) -> Image.Image:
    """An upright picture whose four quarters differ, so that no turn or mirroring goes unnoticed."""
    picture = Image.new("RGB", (width, height))
    for at, colour in enumerate(CORNERS):
        left, top = at % 2 * (width // 2), at // 2 * (height // 2)
        picture.paste(colour, (left, top, left + width // 2, top + height // 2))
    return picture


def corners_of(jpeg: bytes) -> list[tuple[int, int, int]]:
    """The colours in the middle of the four quarters, each snapped to the nearest of CORNERS."""
    picture = Image.open(BytesIO(jpeg))
    assert picture.mode == "RGB"
    seen = []
    for at in range(4):
        point = (picture.width * (1 + at % 2 * 2) // 4, picture.height * (1 + at // 2 * 2) // 4)
        red, green, blue = picture.getpixel(point)
        seen.append(min(CORNERS, key=lambda c: abs(c[0] - red) + abs(c[1] - green) + abs(c[2] - blue)))
    return seen


def pixel(jpeg: bytes, x: int, y: int) -> tuple[int, int, int]:
    return Image.open(BytesIO(jpeg)).getpixel((x, y))


def near(one: tuple[int, ...], other: tuple[int, ...], distance: int = 12) -> bool:
    return all(abs(a - b) <= distance for a, b in zip(one, other, strict=True))


def encoded(picture: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def exif(
    *,
    orientation: int | None = None,
    taken: str | None = None,
    offset: str | None = None,
    gps: dict[int, object] | None = None,
    note: str | None = None,
) -> bytes:
    """An EXIF block as a camera writes it."""
    block = Image.Exif()
    if orientation is not None:
        block[ExifTags.Base.Orientation] = orientation
    if note is not None:
        block[ExifTags.Base.ImageDescription] = note
    shot = {ExifTags.Base.DateTimeOriginal: taken, ExifTags.Base.OffsetTimeOriginal: offset}
    block.get_ifd(ExifTags.IFD.Exif).update({tag: value for tag, value in shot.items() if value is not None})
    block.get_ifd(ExifTags.IFD.GPSInfo).update(gps or {})
    return block.tobytes()


def gps(lat: tuple[float, ...], north: str, lon: tuple[float, ...], east: str, **more: object) -> dict[int, object]:
    """The GPS part of an EXIF block; `more` by the tags' names."""
    return {
        ExifTags.GPS.GPSLatitudeRef: north,
        ExifTags.GPS.GPSLatitude: lat,
        ExifTags.GPS.GPSLongitudeRef: east,
        ExifTags.GPS.GPSLongitude: lon,
    } | {ExifTags.GPS[name]: value for name, value in more.items()}


def png(width: int, height: int, *chunks: bytes, rows: bytes = b"") -> bytes:
    """A PNG whose header says what it likes; `rows` is compressed as its pixels."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = png_chunk(b"IDAT", zlib.compress(rows, 9))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + pixels + png_chunk(b"IEND", b"")


def png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def jpeg_segments(jpeg: bytes) -> set[int]:
    """The markers before the pixels: 0xE1 is APP1 (EXIF, XMP), 0xE2 ICC, 0xED Photoshop, 0xFE a comment."""
    assert jpeg.startswith(b"\xff\xd8")
    markers, at = set(), 2
    while jpeg[at + 1] != 0xDA:
        assert jpeg[at] == 0xFF
        markers.add(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return markers
