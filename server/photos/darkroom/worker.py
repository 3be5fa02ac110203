"""The decoding process: shuts itself in, then answers one photo at a time over its pipes until they close.

Started by `process.py`. Once sealed it can open nothing more, no file and no socket, and its memory is bounded: a photo
made to break a decoder finds a process that has neither secrets nor other photos.
"""

import ctypes
import json
import math
import os
import resource
import select
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import Image, PngImagePlugin

from . import cover, enlarger, pipe
from .developed import to_parts
from .refusals import PhotoRefused

SECONDS_TO_REST = 1
NICENESS = 5
"""Where processors are scarce, pages and alarms come before pictures."""


def main() -> None:
    """Arguments: memory in bytes, seconds per photo, most pixels of a JPEG, most pixels of any other picture."""
    memory, seconds, most_jpeg_pixels, most_pixels = (int(argument) for argument in sys.argv[1:5])
    _wary_of_bombs(most_pixels)
    _warm(most_jpeg_pixels, most_pixels)
    give_back = _memory_returner()
    _seal(memory)
    letters_in, letters_out = sys.stdin.buffer, sys.stdout.buffer
    with suppress(BrokenPipeError, EOFError, KeyboardInterrupt):
        pipe.send(letters_out, [pipe.READY])
        while _answer(letters_in, letters_out, seconds, most_jpeg_pixels, most_pixels):
            if not select.select([letters_in], [], [], SECONDS_TO_REST)[0]:
                give_back()


def _answer(letters_in: BinaryIO, letters_out: BinaryIO, seconds: int, most_jpeg_pixels: int, most_pixels: int) -> bool:
    """Develop one photo, or (a second part: boxes) cover places of one of ours.

    False when memory ran out and a fresh process should do the next."""
    data, *boxes = pipe.receive(letters_in, sys.maxsize)
    _allow_seconds(seconds)
    try:
        if boxes:
            reply = [pipe.COVERED, *cover.cover(data, json.loads(boxes[0]))]
        else:
            reply = [pipe.DEVELOPED, *to_parts(enlarger.develop(data, most_jpeg_pixels, most_pixels))]
    except PhotoRefused as refusal:
        reply = [pipe.REFUSED, refusal.reason.encode()]
    except MemoryError:
        reply = [pipe.REFUSED, b"too_heavy"]
    pipe.send(letters_out, reply)
    return reply[-1] != b"too_heavy"


def _memory_returner() -> Callable[[], object]:
    """glibc's way of handing free memory back to the system; elsewhere nothing."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return (lambda: trim(0)) if trim else (lambda: None)


def _wary_of_bombs(most_pixels: int) -> None:
    Image.MAX_IMAGE_PIXELS = most_pixels
    warnings.simplefilter("ignore")  # what is odd about a stranger's EXIF is no news for the server's log
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    PngImagePlugin.MAX_TEXT_CHUNK = 1024 * 1024
    PngImagePlugin.MAX_TEXT_MEMORY = 4 * 1024 * 1024


def _warm(most_jpeg_pixels: int, most_pixels: int) -> None:
    """Develop a grey square of each kind we can draw: what is imported late must be there before the door shuts."""
    Image.preinit()
    from PIL import TiffImagePlugin  # noqa: F401  Pillow imports it when it first meets EXIF

    for name in ("JPEG", "PNG", "WEBP", "GIF", "AVIF"):
        with suppress(KeyError):  # a Pillow built without this format
            out = BytesIO()
            Image.new("RGB", (64, 64), "grey").save(out, name)
            enlarger.develop(out.getvalue(), most_jpeg_pixels, most_pixels)


def _seal(memory: int) -> None:
    with suppress(OSError):
        os.nice(NICENESS)
    with suppress(OSError):
        # Should the machine run out of memory, let it take this process and not the web server.
        Path("/proc/self/oom_score_adj").write_text("800", encoding="ascii")
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_DATA, memory)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, 3)


def _limit(which: int, most: int) -> None:
    _, hard = resource.getrlimit(which)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (most, most))


def _allow_seconds(seconds: int) -> None:
    """Processor time for the next photo. The web process holds the watch; this holds if that process hangs."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    until = math.ceil(time.process_time()) + seconds * enlarger.DECODING_THREADS
    resource.setrlimit(resource.RLIMIT_CPU, (until if hard == resource.RLIM_INFINITY else min(until, hard), hard))
