"""Example reports played on a real site: each is sent as its rider, its kiosk or its device would send it.

Every scene runs at its own moment. What the site did is written down as it is seen from outside: pages, messages in
the chat groups, the kiosk's screen, the ticket. `evidence.py` judges.
"""

import json
import re
from collections.abc import Callable, Iterable

import httpx2

from gateway.contract.categories import Level
from server import alerts, calendar, incidents, people, routing, stations
from server.alerts import LogLine
from server.alerts import records as outbox
from server.incidents import Incident
from server.kit.clock import MINUTE_MS, beijing
from server.rehearsal.performers import Scene, send
from server.rehearsal.stage import Late, Stage, stage, wait_for
from server.routing import Routed
from server.routing.scenarios import Scenario

URGENT = frozenset({Level.P0, Level.P1})
AGAIN_MS = MINUTE_MS + 1_000
BACKUP_MS = 3 * MINUTE_MS + 1_000


def rehearse(scenarios: Iterable[Scenario], progress: Callable[[str], None] = lambda _: None) -> list[Scene]:
    """Play them all on one fresh site, in the order of their moments; returned in the order given.

    Raises what `stage` raises.
    """
    wanted = list(scenarios)
    scenes: dict[str, Scene] = {}
    if not wanted:
        return []
    with stage() as site:
        site.clock.put(max(one.at for one in wanted))
        site.log_in()
        for one in sorted(wanted, key=lambda one: one.at):
            progress(one.id)
            scenes[one.id] = _play(site, one, scenes)
        _look_at_screens(site, scenes.values())
    return [scenes[one.id] for one in wanted]


def _play(site: Stage, one: Scenario, known: dict[str, Scene]) -> Scene:
    site.clock.put(one.at)
    scene = _scene(site, one)
    try:
        send(site, scene, known)
        if scene.receipts:
            _find_tickets(site, scene)
            _watch_alarms(site, scene)
            _read_pages(site, scene)
    except (Late, httpx2.HTTPError) as cause:
        scene.trouble = str(cause) or repr(cause)
    return scene


def _scene(site: Stage, one: Scenario) -> Scene:
    with site.site.store.look() as look:
        known = stations.all_stations(look)
        found = [station for station in known if one.arrival.station.endswith(station.name)]
        scene = Scene(one, found[0] if found else known[0], one.arrival.category)
        community = scene.station.community
        scene.day = str(calendar.load(look).kind(beijing(one.at).date()))
        scene.working = calendar.working_time(look, community).is_open(one.at)
        here = people.on_duty(look, community, one.at)
        scene.duty, scene.backup = _names(here.duty), _names(here.backup)
        scene.ladder = _names(here.everybody)
    if not found:
        scene.notes.append(f"no station {one.arrival.station!r} here: played at {scene.station.name}")
    return scene


def _names(contacts: Iterable[people.Contact]) -> frozenset[str]:
    return frozenset(one.name for one in contacts)


def _find_tickets(site: Stage, scene: Scene) -> None:
    with site.site.store.look() as look:
        found = [incidents.leading(look, incidents.by_receipt(look, receipt)) for receipt in scene.receipts]
        scene.tickets = list({one.id: one for one in found}.values())
        last = incidents.by_receipt(look, scene.receipts[-1])
        route = routing.route_of(look, last.id)
    if route is not None:
        scene.routed = Routed(route.level, route.desk, route.target, route.also, route.calls, route.why)


def _watch_alarms(site: Stage, scene: Scene) -> None:
    """Who is told at once; of what rings, who is told again a minute later, and what an officer's tap changes."""
    ticket = scene.tickets[-1]
    wait_for("the alerts look at the ticket", lambda: _climbed(site, ticket))
    _await_sent(site)
    if ticket.level in URGENT:
        wait_for("two channels", lambda: len({line.channel for line in _log(site, ticket) if line.good}) >= 2)
        _await_called(site, ticket, scene.ladder if ticket.level is Level.P0 else scene.duty)
    scene.first_log = _log(site, ticket)
    if ticket.level in URGENT:
        _let_pass(site, scene, AGAIN_MS, "第 2 次提醒")
        if ticket.level is Level.P1:
            site.clock.put(scene.started + BACKUP_MS)
            _await_called(site, ticket, scene.backup)
        _tap(site, scene)
    scene.log = _log(site, ticket)
    scene.messages = site.messages(ticket.number)


def _climbed(site: Stage, ticket: Incident) -> bool:
    with site.site.store.look() as look:
        entry = outbox.entry(look, ticket.id)
    return entry is not None and (entry.rung is not None or entry.finished is not None)


def _await_sent(site: Stage) -> None:
    def all_sent() -> bool:
        with site.site.store.look() as look:
            return all(row["oldest"] > look.now for row in alerts.waiting(look).values())

    wait_for("the messages that are due", all_sent)


def _await_called(site: Stage, ticket: Incident, names: frozenset[str]) -> None:
    wait_for(f"a call to {'、'.join(sorted(names))}", lambda: names <= called(_log(site, ticket)))


def called(log: Iterable[LogLine]) -> set[str]:
    """The names of those whom a confirmed message called."""
    return {name for line in log if line.good for name in line.names.split("、")}


def _let_pass(site: Stage, scene: Scene, passed: int, words: str) -> None:
    site.clock.put(scene.started + passed)
    number = scene.tickets[-1].number
    wait_for(
        f"{words} of {number}",
        lambda: any(words in text_of(body) for bodies in site.messages(number).values() for body in bodies),
    )
    _await_sent(site)


def _tap(site: Stage, scene: Scene) -> None:
    """The first who was called opens the link in the group and presses the button."""
    texts = [text_of(body) for bodies in site.messages(scene.tickets[-1].number).values() for body in bodies]
    link = next((found[1] for text in texts if (found := re.search(r"接单：(http\S+)", text))), None)
    if link is None:
        raise Late("no message carries a link")
    scene.waiting_page = site.phone.get(f"/r/{scene.receipts[-1]}").text
    for answer in (site.phone.get(link), site.phone.post(link)):
        if answer.is_error:
            raise Late(f"the link in the message answers HTTP {answer.status_code}")
    scene.accepted_page = site.phone.get(f"/r/{scene.receipts[-1]}").text


def text_of(body: str) -> str:
    """What a group reads of a message as it was posted."""
    try:
        return str(json.loads(body)["text"]["content"])
    except (ValueError, KeyError, TypeError):
        return body


def _log(site: Stage, ticket: Incident) -> list[LogLine]:
    with site.site.store.look() as look:
        return alerts.log_of(look, ticket.id)


def _read_pages(site: Stage, scene: Scene) -> None:
    scene.receipt_page = site.phone.get(f"/r/{scene.receipts[-1]}").text
    page = site.desk.get(f"/desk/incidents/{scene.tickets[-1].id}")
    if page.status_code != 200:
        raise Late(f"the duty officer cannot read the ticket: HTTP {page.status_code}")
    scene.ticket_page = page.text
    for address in dict.fromkeys(re.findall(r'href="(/desk/photos/\d+/large\.jpg)"', page.text)):
        picture = site.desk.get(address, follow_redirects=True)
        if picture.status_code == 200:
            scene.photos.append(picture.content)
        else:
            scene.notes.append(f"a photo on the ticket answers the duty officer with HTTP {picture.status_code}")


def _look_at_screens(site: Stage, scenes: Iterable[Scene]) -> None:
    before = {code: site.shown(code) for code in site.kiosks}
    site.site.stale.add("*")
    wait_for("the screens", lambda: not site.site.stale.waiting.is_set())
    wait_for("the screens", lambda: all(site.shown(code) for code in before))
    for scene in scenes:
        scene.shown = site.shown(scene.station.code)
