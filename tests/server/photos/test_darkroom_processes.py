"""The decoding processes: apart from the server, shut in, replaced when they fall."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from io import BytesIO

import psutil
import pytest
from PIL import Image

from server.photos.darkroom import Darkroom, Developed, Limits, PhotoRefused, process
from tests.server.photos.pictures import CORNERS, corners_of, encoded, four_corners

PHOTO = encoded(four_corners())


@contextmanager
def opened(limits: Limits | None = None, **settings: float) -> Iterator[Darkroom]:
    darkroom = Darkroom(limits, **settings)
    try:
        yield darkroom
    finally:
        darkroom.close()


def until(found: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not found():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def count_workers() -> int:
    count = 0
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            count += "worker import main" in " ".join(child.cmdline())
    return count


def test_the_web_process_never_loads_a_decoder() -> None:
    program = (
        "import sys\n"
        "from server.photos.darkroom import Darkroom\n"
        "room = Darkroom()\n"
        "room.develop(sys.stdin.buffer.read())\n"
        "room.close()\n"
        "print([name for name in sys.modules if name.split('.')[0] in {'PIL', 'pi_heif', '_pi_heif'}])\n"
    )

    answer = subprocess.run([sys.executable, "-c", program], input=PHOTO, capture_output=True, check=True)

    assert answer.stdout.decode().strip() == "[]"


def test_a_worker_loads_nothing_of_the_web_part() -> None:
    with opened() as darkroom:
        darkroom.develop(PHOTO)
        (worker,) = darkroom.idle_pids

        mapped = {os.path.basename(area.path) for area in psutil.Process(worker).memory_maps()}  # noqa: PTH119

    assert any("_imaging" in name for name in mapped)
    assert not any("pydantic" in name or "sqlite" in name for name in mapped)


def test_a_worker_is_shut_in() -> None:
    secret = {"AWS_SECRET_ACCESS_KEY": "hush"}
    os.environ.update(secret)
    try:
        with opened() as darkroom:
            darkroom.develop(PHOTO)
            worker = psutil.Process(darkroom.idle_pids[0])

            names = ("AS", "DATA", "CORE", "FSIZE", "NOFILE", "CPU")
            limits = {name: worker.rlimit(getattr(psutil, f"RLIMIT_{name}")) for name in names}
            environment = worker.environ()
    finally:
        del os.environ["AWS_SECRET_ACCESS_KEY"]

    assert limits["AS"] == limits["DATA"] == (Limits().memory,) * 2
    assert limits["CORE"] == limits["FSIZE"] == (0, 0)
    assert limits["NOFILE"] == (3, 3)
    assert 0 < limits["CPU"][0] < 600
    assert "AWS_SECRET_ACCESS_KEY" not in environment


def test_warming_has_a_worker_ready_before_the_first_photo() -> None:
    with opened() as darkroom:
        darkroom.warm()
        until(lambda: darkroom.idle_pids)
        before = darkroom.idle_pids

        darkroom.develop(PHOTO)

        assert darkroom.idle_pids == before


def test_one_worker_does_photo_after_photo() -> None:
    with opened() as darkroom:
        pids = set()
        for _ in range(5):
            darkroom.develop(PHOTO)
            pids.update(darkroom.idle_pids)

    assert len(pids) == 1


def test_an_idle_worker_goes_and_the_next_photo_gets_a_new_one() -> None:
    with opened(idle_seconds=0.05) as darkroom:
        darkroom.develop(PHOTO)
        until(lambda: not darkroom.idle_pids and not count_workers())

        developed = darkroom.develop(PHOTO)

    assert corners_of(developed.large) == CORNERS


def test_a_refused_photo_leaves_its_worker_at_work() -> None:
    with opened() as darkroom:
        darkroom.develop(PHOTO)
        before = darkroom.idle_pids
        with pytest.raises(PhotoRefused):
            darkroom.develop(PHOTO[:500])

        assert darkroom.idle_pids == before


def test_a_worker_killed_while_idle_is_not_noticed_by_the_rider() -> None:
    with opened() as darkroom:
        darkroom.develop(PHOTO)
        os.kill(darkroom.idle_pids[0], signal.SIGKILL)

        developed = darkroom.develop(PHOTO)

    assert corners_of(developed.large) == CORNERS


def test_a_worker_killed_at_work_is_replaced_and_the_photo_done_by_the_next() -> None:
    with opened(Limits(seconds=60), workers=1) as darkroom, ThreadPoolExecutor(1) as pool:
        darkroom.develop(PHOTO)
        (worker,) = darkroom.idle_pids
        os.kill(worker, signal.SIGSTOP)  # so that it surely has the photo in hand
        done = pool.submit(darkroom.develop, PHOTO)
        until(lambda: not darkroom.idle_pids)

        os.kill(worker, signal.SIGKILL)

        assert corners_of(done.result(timeout=60).large) == CORNERS
        assert darkroom.idle_pids != [worker]


@pytest.mark.parametrize(
    "deed",
    [
        "os.kill(os.getpid(), 9)",
        "pipe.send(sys.stdout.buffer, [b'refused', b'no-such-reason'])",
        "pipe.send(sys.stdout.buffer, [b'developed', b'{}', b'', b''])",
        "pipe.send(sys.stdout.buffer, [b'developed', b'[' * 100000, b'', b''])",
        "sys.stdout.buffer.write(b'\\xff' * 4096)",
    ],
)
def test_a_photo_that_turns_every_worker_mad_is_refused_and_the_next_photo_works(
    monkeypatch: pytest.MonkeyPatch, deed: str
) -> None:
    mad = "import os, sys; sys.path.append(sys.argv.pop(1)); from darkroom import pipe; "
    mad += f"pipe.send(sys.stdout.buffer, [b'ready']); pipe.receive(sys.stdin.buffer, 2**30); {deed}"
    with opened() as darkroom:
        with monkeypatch.context() as patch:
            patch.setattr(process, "ENTRY", mad)
            refusal = _refusal(darkroom, PHOTO)

        developed = darkroom.develop(PHOTO)

    assert refusal.reason == "crashed"
    assert corners_of(developed.large) == CORNERS


def test_an_exchange_broken_off_never_gives_its_picture_to_the_next_rider(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*_: object) -> None:
        raise KeyboardInterrupt

    with opened(workers=1) as darkroom:
        darkroom.develop(PHOTO)
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(process.pipe, "receive", break_off)
            darkroom.develop(PHOTO)

        developed = darkroom.develop(encoded(Image.new("RGB", (77, 55))))

    assert (developed.large_width, developed.large_height) == (77, 55)


def test_a_photo_that_takes_too_long_is_refused_and_the_next_photo_works() -> None:
    with opened(Limits(seconds=1), workers=1) as darkroom, ThreadPoolExecutor(1) as pool:
        darkroom.develop(PHOTO)
        (worker,) = darkroom.idle_pids
        os.kill(worker, signal.SIGSTOP)  # slower than any photo

        refusal = pool.submit(_refusal, darkroom, PHOTO).result(timeout=60)

        assert refusal.reason == "too_slow"
        assert not psutil.pid_exists(worker)
        assert _patiently(darkroom, PHOTO).source_format == "jpeg"


def test_a_process_that_cannot_start_is_no_fault_of_the_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with opened() as darkroom:
        refusal = _refusal(darkroom, PHOTO)

    assert refusal.reason == "unavailable"
    assert refusal.temporary


def test_eight_threads_at_once_lose_no_photo_and_mix_none_up() -> None:
    photos = [encoded(Image.new("RGB", (100 + number, 80), (number * 8, 0, 0))) for number in range(24)]

    with opened(workers=2) as darkroom, ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(darkroom.develop, photo) for photo in photos]
        most = 0
        while not all(one.done() for one in waiting):
            most = max(most, count_workers())
        developed = [one.result() for one in waiting]

    assert [one.large_width for one in developed] == [100 + number for number in range(24)]
    assert most <= 2


def test_who_waits_too_long_for_a_turn_is_told_to_come_again() -> None:
    with opened(Limits(seconds=60), workers=1, queue_seconds=0.05) as darkroom, ThreadPoolExecutor(1) as pool:
        darkroom.develop(PHOTO)
        (worker,) = darkroom.idle_pids
        os.kill(worker, signal.SIGSTOP)
        first = pool.submit(darkroom.develop, PHOTO)
        until(lambda: not darkroom.idle_pids)

        refusal = _refusal(darkroom, PHOTO)
        os.kill(worker, signal.SIGCONT)

        assert (refusal.reason, refusal.temporary) == ("busy", True)
        assert corners_of(first.result(timeout=60).large) == CORNERS


def test_an_open_file_is_read_in_its_turn_and_no_further_than_a_photo_may_be_long() -> None:
    darkroom = Darkroom(Limits(most_bytes=1024 * 1024), workers=1)
    photo, endless = BytesIO(encoded(four_corners())), BytesIO(bytes(8 * 1024 * 1024))

    developed = darkroom.develop(photo)
    with pytest.raises(PhotoRefused) as refusal:
        darkroom.develop(endless)

    assert developed.source_format == "jpeg"
    assert (refusal.value.reason, endless.tell()) == ("too_big", 1024 * 1024 + 1)
    darkroom.close()


def test_a_closed_darkroom_leaves_no_process_behind() -> None:
    darkroom = Darkroom()
    darkroom.develop(PHOTO)
    pids = darkroom.idle_pids

    darkroom.close()

    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert _refusal(darkroom, PHOTO).reason == "unavailable"


def test_workers_end_with_a_server_that_was_killed() -> None:
    program = (
        "import sys, time\n"
        "from server.photos.darkroom import Darkroom\n"
        "room = Darkroom()\n"
        "room.develop(sys.stdin.buffer.read())\n"
        "print(room.idle_pids[0], flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        server.stdin.write(PHOTO)
        server.stdin.close()
        worker = psutil.Process(int(server.stdout.readline()))

        server.kill()

        until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)


def _refusal(darkroom: Darkroom, photo: bytes) -> PhotoRefused:
    with pytest.raises(PhotoRefused) as refusal:
        darkroom.develop(photo)
    return refusal.value


def _patiently(darkroom: Darkroom, photo: bytes) -> Developed:
    """A machine so busy that a tiny photo takes a second is not what the test is about."""
    for _ in range(20):
        try:
            return darkroom.develop(photo)
        except PhotoRefused as refusal:
            assert refusal.reason == "too_slow"
    raise AssertionError("never in time")
