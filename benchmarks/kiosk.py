"""A kiosk's process: how soon it takes the first tap, and how much memory it needs: `python -m benchmarks.kiosk`.

First without a line, as after a power cut in the whole house; then once more after three days offline, when all its
facts have gone to a gateway and its pages were shown. The floor beside it: a Python that serves nothing, started the
same way with the same libraries imported, and these already without what a kiosk leaves out.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import psutil

from gateway.contract.topics import Lane
from gateway.trial import free_port, open_trial
from kiosk.agent.clock import StationClock
from kiosk.agent.outbox import Outbox

TURNS = 3
FIRST_TAP_S = 3.0
MEMORY_MB = 60
TAPS = 300
BACKLOG = 100_000
PATIENCE_S = 120.0
NAME = "bench-1"


def main() -> None:
    """Print the figures beside the floor; ends with an error above a limit."""
    turns = [_cold() for _ in range(TURNS)]
    floors = [_floor() for _ in range(TURNS)]
    first = statistics.median(seconds for seconds, _ in turns)
    memory = statistics.median(size for _, size in turns)
    drained = _drained()
    print(f"a kiosk from its start to the first tap kept, and its memory after {TAPS} taps; median of {TURNS}")
    print(f"  floor: Python with the same libraries {statistics.median(s for s, _ in floors):8.2f} s"
          f"{statistics.median(m for _, m in floors):8.1f} MB")  # fmt: skip
    print(f"  kiosk                                 {first:8.2f} s{memory:8.1f} MB")
    print(f"  kiosk online, {BACKLOG:,} facts drained               {drained:8.1f} MB")
    good = first <= FIRST_TAP_S and max(memory, drained) <= MEMORY_MB
    print(f"limits {FIRST_TAP_S:.0f} s and {MEMORY_MB} MB: {'held' if good else 'MISSED'}")
    if not good:
        raise SystemExit(1)


def _cold() -> tuple[float, float]:
    """Seconds to the first tap, megabytes after many; nobody answers at the broker's address."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        with _kiosk(Path(folder), f"mqtt://127.0.0.1:{free_port()}", "none") as (process, address):
            first = time.perf_counter() - began
            for _ in range(TAPS):
                assert _tap(address)
            return first, _megabytes(process.pid)


def _drained() -> float:
    """Megabytes when three days' facts have gone, after more taps and as many whole pages."""
    with open_trial() as trial, tempfile.TemporaryDirectory() as folder:
        outbox = Outbox(Path(folder) / "outbox.db")
        moment = StationClock().moment()
        for _ in range(BACKLOG // 5000):
            with outbox.writing() as connection:
                for _ in range(5000):
                    body = {"id": token_hex(8), "station": "sn10-north"}
                    outbox.put(connection, Lane.EVENT, "checkin", body, moment)
        outbox.close()
        with _kiosk(Path(folder), trial.url, trial.enrol([NAME])[NAME]) as (process, address):
            overdue = time.monotonic() + PATIENCE_S
            while json.loads(_get(address, "/check"))["waiting"]:
                if time.monotonic() > overdue:
                    raise SystemExit("the backlog did not drain")
                time.sleep(0.2)
            for _ in range(TAPS):
                assert _tap(address)
                _get(address, "/")
            return _megabytes(process.pid)


@contextmanager
def _kiosk(folder: Path, broker: str, password: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The program itself with its address, once it has kept a tap."""
    credentials = {
        "kiosk": NAME, "password": password, "station": "sn10-north", "presence_key": "ab" * 32,
        "mqtt_url": broker, "public_url": "http://127.0.0.1",
        "name": "北门站", "community": "淞南十村", "duty_phone": "",
    }  # fmt: skip
    (folder / "kiosk.json").write_text(json.dumps(credentials), "utf-8")
    address = f"127.0.0.1:{free_port()}"
    outside = {name: value for name, value in os.environ.items() if not name.startswith("CXZ_")}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "changxiaozhan", "kiosk", "--data", str(folder), "--http", address],
        env=outside, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while not _tap(address):
            if process.poll() is not None or time.perf_counter() - began > PATIENCE_S:
                raise SystemExit("the kiosk did not start")
            time.sleep(0.02)
        yield process, address
    finally:
        process.terminate()
        process.wait(20)


def _tap(address: str) -> bool:
    body = json.dumps({"tap": uuid.uuid4().hex}).encode()
    request = urllib.request.Request(f"http://{address}/checkin", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 (our own address)
            return bool(answer.status == 200)
    except OSError:
        return False


def _get(address: str, path: str) -> bytes:
    with urllib.request.urlopen(f"http://{address}{path}", timeout=5) as answer:
        return bytes(answer.read())


def _megabytes(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss / 1e6)


def _floor() -> tuple[float, float]:
    libraries = (
        "import kiosk, typer, starlette.applications, uvicorn, jinja2, pydantic_settings, paho.mqtt.client, "
        "sqlite_utils, sys; "
    )
    code = libraries + "sys.stdout.write('x'); sys.stdout.flush(); sys.stdin.read()"
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.read(1)
    seconds = time.perf_counter() - began
    size = _megabytes(process.pid)
    process.communicate()
    return seconds, size


if __name__ == "__main__":
    main()
