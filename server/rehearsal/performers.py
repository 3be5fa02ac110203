"""How a rider, a kiosk, a device and a program send a report onto the stage, each by its own door."""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from server import incidents, intake, staff
from server.alerts import LogLine
from server.incidents import Incident
from server.photos import MOST
from server.rehearsal import drawings
from server.rehearsal.stage import Late, Stage, wait_for
from server.routing import Routed
from server.routing.scenarios import Scenario, whole
from server.stations import Station

Upload = tuple[str, tuple[str, bytes, str]]

ALIKE = 3
"""A device that is too hot says so again and again."""
TYPED = "写了半天的一句话"
"""Beside a file that will be refused something has to stand, to see that it stays."""


@dataclass
class Scene:
    """One scenario as it went. Empty where nothing of the kind happened."""

    scenario: Scenario
    station: Station
    category: str
    """As it was sent: what nobody offers there is sent as 其他."""
    notes: list[str] = field(default_factory=list)
    form: str = ""
    sent: int = 0
    """Photos that went with each report."""
    status: int = 0
    """Of the answer to the last report; 0: it came as a fact."""
    refusal: str = ""
    """The page that came back instead of a receipt."""
    receipts: list[str] = field(default_factory=list)
    again: str = ""
    """The receipt of the same report sent once more."""
    tickets: list[Incident] = field(default_factory=list)
    """Those that carry on, each once."""
    routed: Routed | None = None
    day: str = ""
    working: bool = False
    """Whether the desk is open at that moment."""
    duty: frozenset[str] = frozenset()
    backup: frozenset[str] = frozenset()
    ladder: frozenset[str] = frozenset()
    """Who is on duty then, by name; `ladder`: all four posts."""
    started: int = 0
    log: list[LogLine] = field(default_factory=list)
    first_log: list[LogLine] = field(default_factory=list)
    """What had been tried before any time was let pass."""
    messages: dict[str, list[str]] = field(default_factory=dict)
    """Robot → the bodies of its messages."""
    receipt_page: str = ""
    waiting_page: str = ""
    accepted_page: str = ""
    """The receipt's page before and after the officer's tap."""
    ticket_page: str = ""
    photos: list[bytes] = field(default_factory=list)
    """As the desk shows them."""
    shown: str = ""
    """All that the kiosk's screen can know, at the end of the whole run."""
    trouble: str = ""
    """Why the scene broke off."""

    @property
    def ticket(self) -> Incident | None:
        """The one that counts: the last."""
        return self.tickets[-1] if self.tickets else None


def send(site: Stage, scene: Scene, known: Mapping[str, Scene]) -> None:
    """Send it as often as the scenario says, and the last one twice. `known`: what was played before.

    Raises `Late` when a fact does not arrive.
    """
    channel = scene.scenario.arrival.channel
    if channel not in DOORS:
        scene.notes.append(f"no door called {channel!r}: sent by phone")
    DOORS.get(channel, _by_phone)(site, scene, known)


def _by_phone(site: Stage, scene: Scene, known: Mapping[str, Scene]) -> None:
    one = scene.scenario
    address = f"/s/{scene.station.code}/report"
    scene.form = site.phone.get(address).text
    _choose(scene, set(re.findall(r'name="category" value="([^"]+)"', scene.form)))
    fields: dict[str, str] = {}
    files: list[Upload] = []
    for _ in range(max(1, one.arrival.repeats)):
        fields, files = _filled(site.phone.get(address).text, scene, known), _files(scene)
        scene.started = site.clock()
        answer = site.phone.post(address, data=fields, files=files)
        scene.status = answer.status_code
        if answer.status_code != 303:
            scene.refusal = answer.text
            return
        scene.receipts.append(_receipt_in(answer.headers["location"]))
    # The line broke before the answer came: the phone sends the same once more.
    twice = site.phone.post(address, data=fields, files=files)
    scene.again = _receipt_in(twice.headers.get("location", ""))


def _filled(form: str, scene: Scene, known: Mapping[str, Scene]) -> dict[str, str]:
    arrival, answers = scene.scenario.arrival, dict(scene.scenario.arrival.answers)
    former = known.get(answers.get("refers_to", ""))
    if former is not None and former.receipts:
        answers["refers_to"] = former.receipts[-1]
    client_id = re.search(r'name="client_id" value="([^"]+)"', form)
    return {
        "client_id": client_id[1] if client_id else uuid.uuid4().hex,
        "category": scene.category,
        "other_place": arrival.place,
        "words": arrival.words or (TYPED if scene.scenario.photo.get("malformed") else ""),
        **{f"answer_{name}": value for name, value in answers.items()},
    }


def _files(scene: Scene) -> list[Upload]:
    one = scene.scenario
    # Of several reports each brings its own.
    count = min(MOST, -(-whole(one.photo.get("count")) // max(1, one.arrival.repeats)))
    if one.photo.get("malformed"):
        pictures = [("photo.jpg", drawings.no_photo()), ("photo.png", drawings.bomb())]
    else:
        pictures = [(f"{n}.jpg", drawings.photo(one, scene.station.point, n)) for n in range(count)]
    scene.sent = len(pictures)
    return [("photos", (name, data, "image/jpeg")) for name, data in pictures]


def _by_kiosk(site: Stage, scene: Scene, known: Mapping[str, Scene]) -> None:
    arrival, code = scene.scenario.arrival, scene.station.code
    kind, body = "sos", {}
    if scene.category != "person.sos":
        wait_for("the kiosk's screen", lambda: bool(site.shown(code)))
        _choose(scene, set(re.findall(r'"code": "([a-z]+\.[a-z0-9_]+)"', site.shown(code))))
        kind, body = "report", {"category": scene.category, "place": arrival.place[:80], "words": arrival.words[:500]}
    scene.started = site.clock()
    for _ in range(max(1, arrival.repeats)):
        client_id = uuid.uuid4().hex
        # Two facts of one report: the screen was tapped twice.
        for _ in range(2):
            site.send_fact(code, kind, {"id": client_id, "station": code, **body})
        _await_facts(site)
        with site.site.store.look() as look:
            found = incidents.by_client_id(look, client_id)
        if found is None:
            raise Late("a fact of the kiosk has become no ticket")
        scene.receipts.append(found.receipt)
        scene.again = found.receipt


def _by_device(site: Stage, scene: Scene, known: Mapping[str, Scene]) -> None:
    name = str(scene.scenario.fields.get("sensor") or "device-1").lower()
    body = {"device": re.sub(r"[^a-z0-9._-]", "-", name), "event": scene.category.partition(".")[2]}
    scene.started = site.clock()
    for _ in range(ALIKE):
        site.send_fact(scene.station.code, "device", body)
    _await_facts(site)
    with site.site.store.look() as look:
        found = incidents.find(
            look, [scene.station.community], station=scene.station.code, category=scene.category, limit=ALIKE
        )
    fresh = [one for one in found if one.received >= scene.started] or found[:1]
    if not fresh:
        raise Late("a fact of the device has become no ticket")
    scene.receipts += [one.receipt for one in fresh]


def _await_facts(site: Stage) -> None:
    wait_for("the intake", lambda: not intake.waiting(site.site))


def _by_api(site: Stage, scene: Scene, known: Mapping[str, Scene]) -> None:
    with site.site.store.work() as work:
        token = staff.new_token(work, "rehearsal", (f"community:{scene.station.community}",))
    arrival, key = scene.scenario.arrival, uuid.uuid4().hex
    fields = {"station": scene.station.code, "category": scene.category, "place": arrival.place, "words": arrival.words}
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    scene.started = site.clock()
    for _ in range(2):
        answer = site.phone.post("/api/v1/incidents", data=fields, files=_files(scene), headers=headers)
        scene.status = answer.status_code
        if answer.is_error:
            scene.refusal = answer.text
            return
        scene.again = answer.json()["receipt"]
    scene.receipts.append(scene.again)


def _choose(scene: Scene, offered: set[str]) -> None:
    if scene.category not in offered:
        scene.notes.append(f"{scene.category} is not offered there: sent as other.other")
        scene.category = "other.other"


def _receipt_in(location: str) -> str:
    found = re.match(r"/r/([a-z0-9]+)", location)
    return found[1] if found else ""


DOORS: dict[str, Callable[[Stage, Scene, Mapping[str, Scene]], None]] = {
    "phone": _by_phone,
    "kiosk": _by_kiosk,
    "device": _by_device,
    "api": _by_api,
}
