"""The storm: riders who tap on, and a hand that kills and cuts at random from a seed."""

import contextlib
import json
import random
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos.town import STATIONS, Town

TAP_S = 0.15
TAP_PATIENCE_S = 60.0
REPORT_EVERY = 25
"""Every so many taps one is a report."""
CALM_S = (0.6, 2.4)
PARTITION_S = (0.5, 4.0)
DEEDS = {"kiosk": 30, "gateway": 20, "broker": 15, "web": 10, "cut": 15, "freeze": 10}
"""Deed → how often among a hundred."""


@dataclass
class Riders:
    """One at each kiosk. A tap whose answer did not come is tapped again, under the same id, as the screen does."""

    town: Town
    done: Counter[str] = field(default_factory=Counter)
    """`checkin` and `report` → how many taps were thanked for."""
    given_up: int = 0

    def __post_init__(self) -> None:
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._tap_on, args=(place,)) for place in range(len(STATIONS))]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Everybody finishes the tap at hand."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _tap_on(self, place: int) -> None:
        number = 0
        while not self._stopping.wait(TAP_S):
            number += 1
            kind = "report" if number % REPORT_EVERY == 0 else "checkin"
            body = {"tap": uuid.uuid4().hex}
            if kind == "report":
                body |= {"category": "facility.light", "place": f"{place}-{number}号楼"}
            thanked = self._tap(place, kind, body)
            with self._lock:
                self.done[kind] += thanked
                self.given_up += not thanked

    def _tap(self, place: int, kind: str, body: dict[str, str]) -> bool:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.town.screens[place]}/{kind}", json.dumps(body).encode(),
            {"Content-Type": "application/json"}, method="POST",
        )  # fmt: skip
        overdue = time.monotonic() + TAP_PATIENCE_S
        while time.monotonic() < overdue:
            try:
                with urllib.request.urlopen(request, timeout=5) as answer:
                    return bool(answer.status == 200)
            except OSError:
                time.sleep(0.2)
        return False


@dataclass
class Storm:
    """`seconds` of deeds, each from the seed; `say` gets a line for each."""

    town: Town
    seed: int
    seconds: float
    say: Callable[[str], None]
    done: Counter[str] = field(default_factory=Counter)

    def blow(self) -> None:
        """Blocks until it is over; every line is whole again then."""
        chance = random.Random(self.seed)
        overdue = time.monotonic() + self.seconds
        mending: list[threading.Timer] = []
        while True:
            pause = chance.uniform(*CALM_S)
            if time.monotonic() + pause > overdue:
                break
            time.sleep(pause)
            deed = chance.choices(list(DEEDS), list(DEEDS.values()))[0]
            place = chance.randrange(len(STATIONS))
            away = chance.uniform(*PARTITION_S)
            kiosk = STATIONS[place][0]
            self.done[deed] += 1
            match deed:
                case "cut" | "freeze":
                    proxy = self.town.proxies[place]
                    proxy.cut() if deed == "cut" else proxy.freeze()
                    mending.append(threading.Timer(away, proxy.heal))
                    mending[-1].start()
                    self.say(f"{deed} the line of {kiosk} for {away:.1f} s")
                case "kiosk":
                    self.town.kill(kiosk)
                    self.say(f"killed {kiosk}")
                case name:
                    self.town.kill(name)
                    self.say(f"killed the {name}")
        for timer in mending:
            timer.cancel()
        with contextlib.suppress(RuntimeError):
            for timer in mending:
                timer.join()
        self.town.heal()
