"""Cover places of a picture for good: a mosaic whose pattern knows nothing of what was beneath it."""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw, ImageStat
from PIL.JpegImagePlugin import JpegImageFile

from . import enlarger

WHOLE = 1000
"""Boxes are given in thousandths of the picture's width and height: x, y, width, height."""
BLOCK = 16
MARGIN = 4
"""A JPEG smears each spot over its block, and a little beyond: all of that is covered too."""
TILES = 4
SHADES = (0, 24, -24)
STEPS = 32
"""Of the colour beneath only three times three bits stay: a plate's mean colour must not tell its letters."""

Box = tuple[int, int, int, int]


def cover(picture: bytes, boxes: Sequence[Box]) -> tuple[bytes, bytes]:
    """The large picture (one of ours) with these places covered, and the small one made of it."""
    image = JpegImageFile(BytesIO(picture)).convert("RGB")
    for box in boxes:
        _mosaic(image, _corners(box, image.size))
    return enlarger.jpeg(image), enlarger.jpeg(enlarger.shrunk(image, enlarger.SMALL))


def _corners(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """In pixels: every block the box touches, and within the picture."""
    x, y, w, h = box
    left, top = (start * side // WHOLE // BLOCK * BLOCK - MARGIN for start, side in ((x, size[0]), (y, size[1])))
    right, bottom = (
        -(-(end * side) // (WHOLE * BLOCK)) * BLOCK + MARGIN for end, side in ((x + w, size[0]), (y + h, size[1]))
    )
    return max(0, left), max(0, top), min(size[0], right), min(size[1], bottom)


def _mosaic(image: Image.Image, corners: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = corners
    if right <= left or bottom <= top:
        return
    # Scaled-down pixels of a plate can be read again by trying all plates: nothing of them is kept.
    mean = [int(value) // STEPS * STEPS + STEPS // 2 for value in ImageStat.Stat(image.crop(corners)).mean]
    tile = max(6, min(right - left, bottom - top) // TILES)
    draw = ImageDraw.Draw(image)
    for row, y in enumerate(range(top, bottom, tile)):
        for column, x in enumerate(range(left, right, tile)):
            shade = SHADES[(row * 2 + column) % len(SHADES)]
            colour = (mean[0] + shade, mean[1] + shade, mean[2] + shade)
            draw.rectangle((x, y, min(x + tile, right) - 1, min(y + tile, bottom) - 1), fill=colour)
