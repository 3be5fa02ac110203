"""Photos for rehearsals, drawn on the spot: nobody real is on them, but their notes (time, place) are real EXIF."""

import io
import os
import struct
import zlib
from typing import Any

from PIL import ExifTags, Image, ImageDraw

from gateway.contract.geo import Point
from server.kit.clock import beijing
from server.routing.scenarios import Scenario

SIZE = (1280, 960)
PAPER, INK, SKIN = (250, 248, 243), (20, 33, 43), (225, 180, 150)
FAR = {"成都": (30.66, 104.06), "北京": (39.90, 116.40), "广州": (23.13, 113.26)}
NO_PHOTO_BYTES = 48 * 1024 * 1024
BOMB_SIDE = 30_000


def photo(one: Scenario, here: Point, number: int) -> bytes:
    """A JPEG as a phone makes it: what the scenario says is on it, with EXIF of its moment and place or of another."""
    seed = sum(map(ord, one.id)) * 31 + number
    picture = Image.new("RGB", SIZE, PAPER if one.photo.get("pii_document") else _shade(seed))
    draw = ImageDraw.Draw(picture)
    if one.photo.get("pii_document"):
        for line in range(24):
            draw.rectangle((120, 60 + line * 36, 300 + (seed * (line + 7)) % 800, 76 + line * 36), fill=INK)
    elif one.photo.get("face"):
        draw.ellipse((440, 180, 840, 700), fill=SKIN)
        for eye in (560, 720):
            draw.ellipse((eye - 24, 360, eye + 24, 400), fill=INK)
        draw.arc((540, 440, 740, 600), 20, 160, fill=INK, width=12)
    else:
        for spot in range(9):
            left, top = (seed * (spot + 3) * 53) % 1100, (seed * (spot + 5) * 37) % 800
            draw.rectangle((left, top, left + 160, top + 120), fill=_shade(seed + spot * 17))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80, exif=_notes(one, here))
    return file.getvalue()


def no_photo() -> bytes:
    """48 MB that only call themselves a photo."""
    return b"MZ" + os.urandom(1024) * (NO_PHOTO_BYTES // 1024)


def bomb() -> bytes:
    """A PNG of 30,000 by 30,000 points in about a hundred kilobytes."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (BOMB_SIDE + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(BOMB_SIDE)) + packer.flush()
    header = struct.pack(">IIBBBBB", BOMB_SIDE, BOMB_SIDE, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _shade(seed: int) -> tuple[int, int, int]:
    return 60 + seed * 7 % 150, 60 + seed * 13 % 150, 60 + seed * 29 % 150


def _notes(one: Scenario, here: Point) -> Image.Exif:
    exif = Image.Exif()
    taken = str(one.fields.get("exif_time") or "").replace("-", ":") + " 12:00:00"
    if not one.fields.get("exif_time"):
        taken = beijing(one.at).strftime("%Y:%m:%d %H:%M:%S")
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = taken
    lat, lon = here.lat, here.lon
    if one.fields.get("exif_place"):
        lat, lon = FAR.get(str(one.fields["exif_place"]), FAR["北京"])
    gps: dict[int, Any] = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLongitudeRef] = "N", "E"
    gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLongitude] = _degrees(lat), _degrees(lon)
    return exif


def _degrees(value: float) -> tuple[float, float, float]:
    minutes = value % 1 * 60
    return float(int(value)), float(int(minutes)), minutes % 1 * 60
