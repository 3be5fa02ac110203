"""Photos from real cameras, where they lie beside the repository; a drawn one stands in for them elsewhere."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from server.photos.darkroom import Darkroom
from tests.server.photos.pictures import encoded, exif, four_corners, gps, jpeg_segments

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "photos"
PHOTOS = [path for path in sorted(FOLDER.glob("*")) if path.is_file()]
# Seen by eye: width and height of the large picture when it stands upright.
UPRIGHT = {
    "landscape_6.jpg": (600, 450),
    "portrait_3.jpg": (450, 600),
    "canon_hdr_YES.jpg": (1200, 1600),
    "IMG_5195.HEIC": (1239, 1600),
    "drawn": (1200, 1600),
}


@pytest.mark.parametrize("path", [*PHOTOS, None], ids=lambda path: path.name if path else "drawn")
def test_a_real_photo_comes_out_clean_upright_and_in_two_sizes(darkroom: Darkroom, path: Path | None) -> None:
    place = gps((31.0, 21.0, 30.0), "N", (121.0, 29.0, 6.0), "E")
    drawn = encoded(four_corners(2400, 1800), exif=exif(orientation=6, taken="2026:11:22 10:00:00", gps=place))
    name, photo = (path.name, path.read_bytes()) if path else ("drawn", drawn)

    developed = darkroom.develop(photo)

    assert max(developed.large_width, developed.large_height) <= 1600
    assert max(developed.small_width, developed.small_height) <= 320
    if name in UPRIGHT:
        assert (developed.large_width, developed.large_height) == UPRIGHT[name]
    for stored in (developed.large, developed.small):
        assert jpeg_segments(stored) <= {0xE0, 0xDB, 0xC0, 0xC4}
        assert not any(
            word in stored for word in (b"Exif", b"xpacket", b"Photoshop", b"Nikon", b"Canon", b"Apple", b"GPS")
        )
    if name in {"DSCN0010.jpg", "DSCN0021.jpg", "IMG_5195.HEIC", "drawn"}:
        assert developed.lat is not None
        assert developed.taken_at is not None
    if name == "IMG_5195.HEIC":
        assert _violet(developed.small) > developed.small_height / 2


def _violet(jpeg: bytes) -> float:
    """The mean height of what is violet: the flower in the real HEIC stands in its lower half when turned just once."""
    picture = Image.open(BytesIO(jpeg))
    rows = [
        y
        for y in range(picture.height)
        for x in range(picture.width)
        if (seen := picture.getpixel((x, y)))[2] > seen[1] + 50 and seen[0] > seen[1] + 20
    ]
    return sum(rows) / len(rows)
