"""Time and place as the camera noted them: hints for staff, taken from EXIF and never trusted further."""

import math
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image

SOUTH_OR_WEST = {"S", "W"}
COMPASS = {"N": 90.0, "S": 90.0, "E": 180.0, "W": 180.0}


def read_exif(image: Image.Image) -> Image.Exif:
    """The picture's EXIF; empty when there is none or it is broken, for a photo is worth more than its notes."""
    try:
        return image.getexif()
    except MemoryError:
        raise
    except Exception:
        return Image.Exif()


def orientation(exif: Image.Exif) -> int:
    """EXIF's 1 to 8; 1 (upright) when absent or absurd."""
    found = exif.get(ExifTags.Base.Orientation)
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def taken_at(exif: Image.Exif) -> str | None:
    """When the shutter went, as ISO text; with an offset only if the camera wrote one. None when absent or absurd."""
    shot = _ifd(exif, ExifTags.IFD.Exif)
    try:
        when = datetime.strptime(_text(shot.get(ExifTags.Base.DateTimeOriginal)), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
    except ValueError:
        return None
    if when.year < 1990:
        return None
    offset = _text(shot.get(ExifTags.Base.OffsetTimeOriginal))
    try:
        return datetime.strptime(f"{when.isoformat()}{offset}", "%Y-%m-%dT%H:%M:%S%z").isoformat()
    except ValueError:
        return when.isoformat()


def place(exif: Image.Exif) -> tuple[float, float] | None:
    """(latitude, longitude) in degrees, WGS-84; None when absent, void, impossible or on another datum."""
    gps = _ifd(exif, ExifTags.IFD.GPSInfo)
    if _text(gps.get(ExifTags.GPS.GPSStatus)) == "V":
        return None
    if _text(gps.get(ExifTags.GPS.GPSMapDatum)).upper().replace("-", "").replace(" ", "") not in {"", "WGS84"}:
        return None
    lat = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), {"N", "S"})
    lon = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), {"E", "W"})
    # Cameras without a fix write 0°, 0°: a point in the ocean.
    if lat is None or lon is None or (lat == 0 and lon == 0):
        return None
    return lat, lon


def _ifd(exif: Image.Exif, which: int) -> dict[int, Any]:
    try:
        return dict(exif.get_ifd(which))
    except MemoryError:
        raise
    except Exception:
        return {}


def _text(value: object) -> str:
    return value.strip("\x00 ") if isinstance(value, str) else ""


def _degrees(parts: Any, reference: object, allowed: set[str]) -> float | None:
    side = _text(reference).upper()
    if side not in allowed:
        return None
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    angle = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(angle) or min(degrees, minutes, seconds) < 0 or angle > COMPASS[side]:
        return None
    return round(-angle if side in SOUTH_OR_WEST else angle, 7)
