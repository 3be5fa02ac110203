"""What the darkroom covers is covered for good, whatever lies beneath."""

from io import BytesIO

import pytest
from PIL import Image, ImageChops

from server.photos.darkroom import Darkroom, PhotoRefused
from tests.server.photos.pictures import encoded, four_corners, jpeg_segments


def plates(first: str, second: str) -> tuple[bytes, bytes]:
    """Two pictures that differ in nothing but the stripes of a plate, of the same average colour."""
    found = []
    for stripes in (first, second):
        picture = Image.new("RGB", (800, 600), "grey")
        for at, stripe in enumerate(stripes):
            picture.paste((240, 240, 240) if stripe == "1" else (10, 10, 200), (300 + 20 * at, 300, 320 + 20 * at, 340))
        found.append(encoded(picture, quality=95))
    return found[0], found[1]


def test_two_plates_are_the_same_once_they_are_covered(darkroom: Darkroom) -> None:
    one, other = plates("1100101001", "0011010110")
    box = (370, 490, 260, 90)

    covered = [Image.open(BytesIO(darkroom.cover(picture, [box])[0])) for picture in (one, other)]

    before = ImageChops.difference(Image.open(BytesIO(one)), Image.open(BytesIO(other))).getbbox()
    after = ImageChops.difference(*covered)
    assert before is not None
    assert max(high for _, high in after.getextrema()) <= 2


def test_what_is_not_covered_stays_and_the_small_picture_is_covered_too(darkroom: Darkroom) -> None:
    picture = encoded(four_corners(640, 480), quality=95)

    large, small = (Image.open(BytesIO(one)) for one in darkroom.cover(picture, [(0, 0, 500, 500)]))

    assert (large.size, small.size) == ((640, 480), (320, 240))
    for image, scale in ((large, 1), (small, 2)):
        red, green, blue = image.getpixel((160 // scale, 120 // scale))
        assert (red, green, blue) != (220, 30, 30)
        assert image.getpixel((480 // scale, 360 // scale))[1] > 240
    assert jpeg_segments(darkroom.cover(picture, [(0, 0, 500, 500)])[0]) <= {0xE0, 0xDB, 0xC0, 0xC4}


@pytest.mark.parametrize("box", [(0, 0, 1000, 1000), (999, 999, 1, 1), (0, 500, 1000, 1), (2000, 0, 5, 5)])
def test_no_box_breaks_it(darkroom: Darkroom, box: tuple[int, int, int, int]) -> None:
    large, _ = darkroom.cover(encoded(four_corners(33, 17)), [box])

    assert Image.open(BytesIO(large)).size == (33, 17)


def test_what_is_no_picture_of_ours_is_refused_and_the_next_one_works(darkroom: Darkroom) -> None:
    with pytest.raises(PhotoRefused):
        darkroom.cover(b"<svg>", [(0, 0, 10, 10)])

    assert darkroom.develop(encoded(four_corners())).source_format == "jpeg"
