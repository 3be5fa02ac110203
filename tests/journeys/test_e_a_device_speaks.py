"""A device says that something is gone, and riders read it; it draws too much, is switched off, and a ticket waits."""

import contextlib
import json
import os
import re
import time
import tty
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .town import Town, wait_for

STATION = "sn10-north"


class Device:
    """A scripted device on a pty of its own, plugged into the first kiosk."""

    def __init__(self, folder: Path, name: str, **about: Any) -> None:
        self.name, self.about, self.seq = name, about, 0
        self.link = folder / f"journey-{name}"
        self.near, self.far = os.openpty()
        tty.setraw(self.far)
        os.set_blocking(self.near, False)
        self.link.symlink_to(os.ttyname(self.far))
        self.seen = b""
        wait_for(lambda: self.heard("hello?"), "the kiosk's question who is there")
        self.say(t="hello", id=name, boot="boot-1", fw="0.1", **about)

    def say(self, **message: Any) -> None:
        self.seq += 1
        os.write(self.near, json.dumps({"seq": self.seq, **message}).encode() + b"\n")

    def heard(self, kind: str) -> list[dict[str, Any]]:
        with contextlib.suppress(BlockingIOError):
            self.seen += os.read(self.near, 65536)
        lines = [line for line in self.seen.split(b"\n")[:-1] if line]
        return [message for message in map(json.loads, lines) if message["t"] == kind]

    def unplug(self) -> None:
        self.link.unlink(missing_ok=True)
        os.close(self.near)
        os.close(self.far)


@pytest.fixture
def plug(town: Town) -> Iterator[Callable[..., Device]]:
    plugged: list[Device] = []

    def make(name: str, **about: Any) -> Device:
        folder = next(path for path in sorted(town.data.rglob("dev")) if path.is_dir())
        plugged.append(Device(folder, name, **about))
        return plugged[-1]

    yield make
    for device in plugged:
        device.unplug()


def amenity(town: Town, code: str) -> str:
    return str(town.rows("select state from amenities where station = ? and code = ?", STATION, code)[0][0])


def test_a_device_that_is_empty_is_on_the_riders_page_and_one_that_is_ill_is_off_before_anybody_reads_of_it(
    town: Town, plug: Any, figure: Any
) -> None:
    towels = plug("towels-1", kind="towels", amenity="first_aid", stock="stock", low=2, readings={"stock": ""})
    towels.say(t="read", r={"stock": 9})
    wait_for(lambda: amenity(town, "first_aid") == "ok", "a full box")
    begun = time.monotonic()
    towels.say(t="read", r={"stock": 0})
    wait_for(lambda: amenity(town, "first_aid") == "empty", "the word of the empty box at the centre")
    with urllib.request.urlopen(f"{town.url}/s/{STATION}", timeout=10) as answer:
        page = answer.read().decode()
    figure(f"empty at the device to the rider's page: {time.monotonic() - begun:.2f} s")
    assert re.search(r"急救箱[\s\S]{0,300}用完了", page)

    rack = plug("rack-9", kind="charging_cabinet", readings={"port1_a": "A"}, commands=["port_off", "port_on"])
    for _ in range(2):
        rack.say(t="read", r={"port1_a": 9.0})
    off = wait_for(lambda: rack.heard("do"), "the order to switch off")[0]
    tickets = "select words, state from incidents where category = 'device.overcurrent' and words like '%rack-9%'"
    before = town.rows(tickets)
    rack.say(t="result", id=off["id"], ok=True, b={})
    ((words, state),) = wait_for(lambda: town.rows(tickets), "a ticket")

    assert (off["name"], off["args"], before) == ("port_off", {"port": 1}, [])
    assert state == "unconfirmed"
    assert "已在现场断电：rack-9 1 号口" in words
    towels.say(t="read", r={"stock": 9})
    wait_for(lambda: amenity(town, "first_aid") == "ok", "a full box again")
