"""Photos must delay no alarm: `python -m benchmarks.photo_flood`.

A real web process, and in turn: seventy small JPEGs made of thousands of scans, seventy pictures that are slow to
decode and break no rule, and fifty honest photos of 12 megapixels, each wave sent at once by phones without scripts,
from a process of their own. Meanwhile somebody reports an open flame, opens the station's page and asks `/healthz`,
again and again. The floor beside it: the same three while nobody else is there.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import httpx2
import psutil
from PIL import Image

from benchmarks.photos import _photo
from benchmarks.web import start_web
from server import incidents, stations
from server.app import make_site
from server.settings import Settings

STATION = "sn10-north"
PATIENCE_S = 180.0
FLOOR_ROUNDS = 30
SCANS = 2000
ALARM_LIMIT_S = 2.0
MEMORY_LIMIT_MB = 250
Wave = tuple[str, int, bytes]


def main() -> None:
    """Print each wave beside the floor; ends with an error when an alarm, a page or an honest photo had to wait."""
    waves: list[Wave] = [
        ("JPEGs of thousands of scans", 70, scan_bomb()),
        ("pictures that are slow to decode", 70, _slow()),
        ("honest 12 MP photos", 50, _photo((4032, 3024))),
    ]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        _station(data)
        web, url = start_web(data)
        try:
            good = _run(data, url, psutil.Process(web.pid), waves)
        finally:
            web.terminate()
            web.wait(30)
    if not good:
        raise SystemExit(1)


def _run(data: Path, url: str, web: psutil.Process, waves: list[Wave]) -> bool:
    time.sleep(3)  # the first photo worker is being started
    floor = _Meanwhile(url)
    for _ in range(FLOOR_ROUNDS):
        floor.once()
    floor.show("floor: nobody else is there")
    good = True
    for what, count, photo in waves:
        before, meanwhile = _kept(data), _Meanwhile(url)
        with tempfile.TemporaryFile() as file:
            file.write(photo)
            file.seek(0)
            command = [sys.executable, "-m", "benchmarks.photo_flood", "send", url, str(count)]
            sender = subprocess.Popen(command, stdin=file, stdout=subprocess.PIPE)
        highest = web.memory_info().rss
        while sender.poll() is None:
            meanwhile.once()
            highest = max(highest, web.memory_info().rss)
            time.sleep(0.05)
        told = json.loads(sender.communicate()[0])
        meanwhile.show(f"{count} {what}, {len(photo) / 1e6:.1f} MB each, all answered in {told['seconds']:.1f} s")
        kept = _kept(data) - before
        print(
            f"  answers {told['answers']}, photos on tickets {kept} of {count}, sent again {told['again']} times, "
            f"web process {highest / 2**20:.0f} MB"
        )
        held = not meanwhile.refused and meanwhile.worst <= ALARM_LIMIT_S and highest <= MEMORY_LIMIT_MB * 2**20
        held = held and (kept == count or not what.startswith("honest"))
        print(f"  limit {ALARM_LIMIT_S:.0f} s and {MEMORY_LIMIT_MB} MB: {'held' if held else 'MISSED'}")
        good = good and held
    return good


class _Meanwhile:
    """What others do in the meantime, and how long each of it took."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.refused = 0
        self._took: dict[str, list[float]] = {"an alarm": [], "the station's page": [], "/healthz": []}

    def once(self) -> None:
        """Each of it once, at the same moment, each on a line of its own."""
        form = {"client_id": uuid.uuid4().hex, "category": "fire.open_flame", "place": uuid.uuid4().hex[:6]}
        deeds: list[Callable[[httpx2.Client], httpx2.Response]] = [
            lambda phone: phone.post(f"/s/{STATION}/report", data=form),
            lambda phone: phone.get(f"/s/{STATION}"),
            lambda phone: phone.get("/healthz"),
        ]
        threads = [
            threading.Thread(target=self._time, args=(deed, took))
            for deed, took in zip(deeds, self._took.values(), strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _time(self, deed: Callable[[httpx2.Client], httpx2.Response], took: list[float]) -> None:
        with httpx2.Client(base_url=self._url, timeout=PATIENCE_S) as phone:
            start = time.perf_counter()
            answer = deed(phone)
            took.append(time.perf_counter() - start)
        self.refused += answer.status_code not in {200, 303}

    @property
    def worst(self) -> float:
        """Seconds."""
        return max(max(times) for times in self._took.values())

    def show(self, what: str) -> None:
        """One line each."""
        print(what)
        for name, times in self._took.items():
            print(
                f"  {name:<20} median {statistics.median(times) * 1000:7.0f} ms   worst {max(times) * 1000:7.0f} ms"
                f"   of {len(times)}"
            )


def send(url: str, count: int) -> None:
    """The senders' process: the photo comes by standard input; what became of it goes out as JSON."""
    photo = sys.stdin.buffer.read()
    answers: list[int] = []
    tries: list[int] = []
    start = time.perf_counter()
    phones = [threading.Thread(target=_send, args=(url, photo, number, answers, tries)) for number in range(count)]
    for phone in phones:
        phone.start()
    for phone in phones:
        phone.join()
    told = {status: answers.count(status) for status in sorted(set(answers))}
    print(json.dumps({"seconds": time.perf_counter() - start, "answers": told, "again": sum(tries) - len(tries)}))


def _send(url: str, photo: bytes, number: int, answers: list[int], tries: list[int]) -> None:
    """As somebody with a plain form does; what came back without an answer is sent again."""
    form = {"client_id": uuid.uuid4().hex, "category": "environment.garbage", "place": f"{number}号楼后面"}
    address = {"X-Forwarded-For": f"10.0.{number // 200}.{number % 200 + 1}"}
    with httpx2.Client(base_url=url, timeout=PATIENCE_S, headers=address) as phone:
        for count in range(1, 6):
            try:
                answer = phone.post(f"/s/{STATION}/report", data=form, files=[("photos", ("a.jpg", photo))])
            except httpx2.TransportError:
                time.sleep(0.5 * count)
                continue
            answers.append(answer.status_code)
            tries.append(count)
            return
    answers.append(0)


def scan_bomb() -> bytes:
    """Half a megabyte that takes a decoder a quarter of a minute: one scan of a progressive JPEG, again and again."""
    out = BytesIO()
    Image.new("RGB", (8000, 8000), (9, 9, 9)).save(out, "JPEG", quality=30, progressive=True)
    photo = out.getvalue()
    return photo[:-2] + photo[photo.rfind(b"\xff\xda") : -2] * SCANS + photo[-2:]


def _slow() -> bytes:
    """As many pixels as a PNG may have."""
    out = BytesIO()
    Image.new("RGB", (7000, 7000), "grey").save(out, "PNG", compress_level=9)
    return out.getvalue()


def _station(data: Path) -> None:
    site = make_site(Settings(data=data))
    with site.store.work() as work:
        stations.load(work, Path(stations.__file__).parent / "sn10.toml")
    site.store.close()
    site.mailbox.close()


def _kept(data: Path) -> int:
    site = make_site(Settings(data=data))
    with site.store.look() as look:
        tickets = incidents.after(look, 0, 100_000)
        kept = sum(incidents.photo_counts(look, [one.id for one in tickets]).values())
    site.store.close()
    site.mailbox.close()
    return kept


if __name__ == "__main__":
    if sys.argv[1:2] == ["send"]:
        send(sys.argv[2], int(sys.argv[3]))
    else:
        main()
