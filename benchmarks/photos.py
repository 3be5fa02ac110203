"""The darkroom beside bare Pillow, and fifty phones at once. `python -m benchmarks.photos`

One 12-megapixel JPEG, both sizes, in one run; then a real web process that fifty riders send such a photo to in the
same second: its own memory at the highest, and how many photos are on a ticket in the end.
"""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import httpx2
import psutil
from PIL import Image, ImageFilter

from server import incidents, stations
from server.app import make_site
from server.photos.darkroom import Darkroom
from server.settings import Settings

ROOT = Path(__file__).parents[1]
ROUNDS = 15
PHONES = 50
PATIENCE_S = 120
LARGEST = 19_000_000
"""As long as a photo may be, nearly: what waits for its turn must not wait in memory."""


def main() -> None:
    """Print both medians, their ratio, what a worker and the web process hold in memory, and what was lost."""
    photo = _photo((4032, 3024))
    _beside_pillow(photo)
    _fifty_at_once(photo)
    _fifty_at_once(photo + bytes(LARGEST - len(photo)))


def _beside_pillow(photo: bytes) -> None:
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


def _fifty_at_once(photo: bytes) -> None:
    with tempfile.TemporaryDirectory(prefix="photos-", ignore_cleanup_errors=True) as folder, _web(Path(folder)) as web:
        url, process = web
        before = process.memory_info().rss
        peaks = [before]
        over = threading.Event()
        watch = threading.Thread(target=_watch, args=(process, peaks, over))
        watch.start()
        tries: list[int] = []
        start = time.perf_counter()
        phones = [threading.Thread(target=_send, args=(url, photo, tries)) for _ in range(PHONES)]
        for phone in phones:
            phone.start()
        for phone in phones:
            phone.join()
        seconds = time.perf_counter() - start
        over.set()
        watch.join()
        kept = _kept(Path(folder))
    print(f"{PHONES} phones at once, a photo of {len(photo) / 1e6:.1f} MB each, in {seconds:.1f} s")
    print(f"  photos on tickets               {kept:6d} of {PHONES}, sent again {sum(tries) - len(tries)} times")
    print(f"  web process before              {before / 2**20:6.0f} MiB")
    print(f"  web process at its highest      {max(peaks) / 2**20:6.0f} MiB")


@contextmanager
def _web(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """A web process as `changxiaozhan web` starts it, on a free port."""
    site = make_site(Settings(data=folder))
    with site.store.work() as work:
        stations.load(work, ROOT / "server" / "stations" / "sn10.toml")
    site.store.close()
    site.mailbox.close()
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    child = subprocess.Popen(
        [sys.executable, "-c", "from changxiaozhan import main; main()", "web"],
        cwd=ROOT,
        env={**os.environ, "CXZ_DATA": str(folder), "CXZ_HTTP": address},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url, until = f"http://{address}", time.monotonic() + PATIENCE_S
        while True:
            try:
                httpx2.get(f"{url}/readyz", timeout=5).raise_for_status()
                break
            except httpx2.HTTPError:
                if time.monotonic() > until or child.poll() is not None:
                    raise
                time.sleep(0.1)
        yield url, psutil.Process(child.pid)
    finally:
        child.terminate()
        child.wait(30)


def _watch(process: psutil.Process, peaks: list[int], over: threading.Event) -> None:
    while not over.wait(0.01):
        peaks.append(process.memory_info().rss)


def _send(url: str, photo: bytes, tries: list[int]) -> None:
    """As a phone does: the same report again, until it is in."""
    form = {"client_id": uuid.uuid4().hex, "category": "parking.fire_lane"}
    with httpx2.Client(base_url=url, timeout=PATIENCE_S) as phone:
        for count in range(1, 20):
            files = [("photos", ("a.jpg", photo, "image/jpeg"))]
            answer = phone.post("/s/sn10-north/report", data=form, files=files, follow_redirects=False)
            if answer.status_code == 303:
                tries.append(count)
                return
            time.sleep(0.5 * count)


def _kept(folder: Path) -> int:
    site = make_site(Settings(data=folder))
    with site.store.look() as look:
        tickets = incidents.after(look, 0, 10 * PHONES)
        kept = sum(incidents.photo_counts(look, [one.id for one in tickets]).values())
    site.store.close()
    site.mailbox.close()
    return kept


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
