"""A kiosk's process: how soon it takes the first tap, and how much memory it needs: `python -m benchmarks.kiosk`.

Without a line, as after a power cut in the whole house. The floor beside it: a Python that serves nothing, started the
same way with the same web library imported.
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
from pathlib import Path

import psutil

from gateway.trial import free_port

TURNS = 3
FIRST_TAP_S = 3.0
MEMORY_MB = 60
TAPS = 300
PATIENCE_S = 60.0


def main() -> None:
    """Print both figures beside the floor; ends with an error above a limit."""
    turns = [_kiosk() for _ in range(TURNS)]
    floors = [_floor() for _ in range(TURNS)]
    first = statistics.median(seconds for seconds, _ in turns)
    memory = statistics.median(size for _, size in turns)
    print(f"a kiosk from its start to the first tap kept, and its memory after {TAPS} taps; median of {TURNS}")
    print(f"  floor: Python with FastAPI imported {statistics.median(s for s, _ in floors):8.2f} s"
          f"{statistics.median(m for _, m in floors):8.1f} MB")  # fmt: skip
    print(f"  kiosk                               {first:8.2f} s{memory:8.1f} MB")
    good = first <= FIRST_TAP_S and memory <= MEMORY_MB
    print(f"limits {FIRST_TAP_S:.0f} s and {MEMORY_MB} MB: {'held' if good else 'MISSED'}")
    if not good:
        raise SystemExit(1)


def _kiosk() -> tuple[float, float]:
    """Seconds to the first tap, megabytes after many."""
    with tempfile.TemporaryDirectory() as folder:
        credentials = {
            "kiosk": "bench-1", "password": "none", "station": "sn10-north", "presence_key": "ab" * 32,
            "mqtt_url": f"mqtt://127.0.0.1:{free_port()}", "public_url": "http://127.0.0.1",
            "name": "北门站", "community": "淞南十村", "duty_phone": "",
        }  # fmt: skip
        (Path(folder) / "kiosk.json").write_text(json.dumps(credentials), "utf-8")
        address = f"127.0.0.1:{free_port()}"
        outside = {name: value for name, value in os.environ.items() if not name.startswith("CXZ_")}
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "changxiaozhan", "kiosk", "--data", folder, "--http", address],
            env=outside, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            while not _tap(address):
                if process.poll() is not None or time.perf_counter() - began > PATIENCE_S:
                    raise SystemExit("the kiosk did not start")
                time.sleep(0.02)
            first = time.perf_counter() - began
            for _ in range(TAPS):
                assert _tap(address)
            return first, psutil.Process(process.pid).memory_info().rss / 1e6
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


def _floor() -> tuple[float, float]:
    libraries = "import fastapi, uvicorn, paho.mqtt.client, sqlite3, sys; "
    code = libraries + "sys.stdout.write('x'); sys.stdout.flush(); sys.stdin.read()"
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.read(1)
    seconds = time.perf_counter() - began
    size = psutil.Process(process.pid).memory_info().rss / 1e6
    process.communicate()
    return seconds, size


if __name__ == "__main__":
    main()
