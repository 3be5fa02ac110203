"""The reading process, for the optional extra `redact`: says where in a picture there is text, never what it says.

Started by `process.py` like the decoding worker, and as shut in: the models come with the package, no file and no
socket is opened once they are loaded.
"""

import json
import os
import resource
import sys
from contextlib import suppress
from io import BytesIO

import numpy  # type: ignore[import-not-found,unused-ignore]
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from rapidocr_onnxruntime import RapidOCR  # type: ignore[import-not-found,unused-ignore]

from . import pipe

LONGEST = 1280
WHOLE = 1000
MOST_BOXES = 30


def main() -> None:
    """Arguments: memory in bytes. One picture of ours in, boxes in thousandths out, until the pipe closes."""
    with suppress(OSError, AttributeError):
        os.nice(15)
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # a rider's photo never waits for this
    find = RapidOCR(max_side_len=LONGEST, intra_op_num_threads=1, inter_op_num_threads=1)
    boxes(find, Image.new("RGB", (320, 240)))
    for which, most in (
        (resource.RLIMIT_AS, int(sys.argv[1])),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 3),
    ):
        resource.setrlimit(which, (most, most))
    with suppress(BrokenPipeError, EOFError, KeyboardInterrupt):
        pipe.send(sys.stdout.buffer, [pipe.READY])
        while True:
            (picture,) = pipe.receive(sys.stdin.buffer, sys.maxsize)
            found = boxes(find, JpegImageFile(BytesIO(picture)).convert("RGB"))
            pipe.send(sys.stdout.buffer, [pipe.READ, json.dumps(found).encode()])


def boxes(find: RapidOCR, image: Image.Image) -> list[tuple[int, int, int, int]]:
    """x, y, width, height of what looks like text, in thousandths, the largest first."""
    lines, _ = find(numpy.asarray(image)[:, :, ::-1], use_rec=False, use_cls=False)
    found = []
    for corners in lines or ():
        across, down = [point[0] / image.width for point in corners], [point[1] / image.height for point in corners]
        left, top, right, bottom = (
            min(WHOLE, max(0, round(edge * WHOLE))) for edge in (min(across), min(down), max(across), max(down))
        )
        if right > left and bottom > top:
            found.append((left, top, right - left, bottom - top))
    return sorted(found, key=lambda box: -box[2] * box[3])[:MOST_BOXES]
