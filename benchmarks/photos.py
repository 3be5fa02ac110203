"""The darkroom beside bare Pillow: one 12-megapixel JPEG, both sizes, in one run. `python -m benchmarks.photos`"""

import statistics
import time
from collections.abc import Callable
from io import BytesIO

import psutil
from PIL import Image, ImageFilter

from server.photos.darkroom import Darkroom

ROUNDS = 15


def main() -> None:
    """Print both medians, their ratio, and what a worker holds in memory."""
    photo = _photo((4032, 3024))
    darkroom = Darkroom(workers=1)
    start = time.perf_counter()
    darkroom.develop(photo)
    first = time.perf_counter() - start
    (worker,) = (psutil.Process(pid) for pid in darkroom.idle_pids)
    bare, ours = _medians(lambda: _bare(photo), lambda: darkroom.develop(photo))
    time.sleep(1.5)  # a worker hands its memory back after a second's rest
    print(f"12 MP JPEG of {len(photo) / 1e6:.1f} MB, median of {ROUNDS}")
    print(f"  bare Pillow, draft + two sizes  {bare * 1000:6.0f} ms")
    print(f"  darkroom, pipes and all         {ours * 1000:6.0f} ms   {ours / bare:.2f} times")
    print(f"  darkroom, worker not started    {first * 1000:6.0f} ms")
    print(f"  worker at rest                  {worker.memory_info().rss / 2**20:6.0f} MiB")
    darkroom.close()


def _photo(size: tuple[int, int]) -> bytes:
    """A picture about as hard to code as a street at noon: soft shapes under some grain."""
    shapes = Image.effect_noise((size[0] // 16, size[1] // 16), 90).resize(size, Image.Resampling.BICUBIC)
    grain = Image.effect_noise(size, 24).filter(ImageFilter.GaussianBlur(1))
    picture = Image.merge("RGB", (Image.blend(shapes, grain, 0.3), shapes, Image.blend(shapes, grain, 0.5)))
    out = BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()


def _bare(photo: bytes) -> None:
    image = Image.open(BytesIO(photo))
    image.draft("RGB", (1600, 1200))
    large = image.resize((1600, 1200))
    large.save(BytesIO(), "JPEG", quality=82)
    large.resize((320, 240)).save(BytesIO(), "JPEG", quality=82)


def _medians(*works: Callable[[], object]) -> list[float]:
    """Seconds each; the rounds take turns, so that a busy machine is busy for all."""
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for work, spent in zip(works, seconds, strict=True):
            start = time.perf_counter()
            work()
            spent.append(time.perf_counter() - start)
    return [statistics.median(spent) for spent in seconds]


if __name__ == "__main__":
    main()
