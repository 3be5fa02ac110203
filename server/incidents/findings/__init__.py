"""What devices find: a ticket that waits for a person's look, one ticket however often the device repeats itself."""

from dataclasses import dataclass

from gateway.mailbox import StoredFact
from server import categories
from server.incidents import journal
from server.incidents.findings import records, rules
from server.incidents.journal import By
from server.incidents.lifecycle import HELD, NEW, OPEN
from server.incidents.reporting import report
from server.incidents.rules import Incident, Report, moment_of
from server.incidents.seeing import leading
from server.kit.store import Work
from server.stations import station_of_fact

DEVICE = By(None, "设备")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one device keeps finding; times are UTC milliseconds. `last`: its latest words."""

    device: str
    event: str
    times: int
    first_at: int
    last_at: int
    last: str


def from_device(work: Work, fact: StoredFact) -> None:
    """A device's alarm opens a ticket; the same device's same alarm joins it while it is open."""
    body = fact.body
    event, device = body["event"], body["device"]
    station = station_of_fact(work, fact).code
    if event == "over":
        _over(work, station, device, rules.detail_of(body))
        return
    if event not in rules.ALARMS:
        return
    words = rules.words(event, device, str(body.get("kind", "")), rules.detail_of(body))
    at, estimated = moment_of(fact)
    known = records.newest(work, station, device, event)
    open_one = None if known is None else _open(work, known["incident"])
    if known is not None and open_one is not None and _joins(open_one, event, work.now - known["last_at"]):
        _again(work, open_one, known["id"], words)
        return
    incident = report(
        work,
        Report(
            client_id=f"{fact.stream[:32]}-{fact.seq}",
            station=station,
            category=_category(work, event),
            channel="device",
            place=rules.label(str(body.get("kind", ""))),
            words=words,
            at=at,
            estimated=estimated,
        ),
    )
    if known is None or known["incident"] != incident.id:
        records.add(work, station, device, event, incident.id, words)


def of_ticket(work: Work, incident_id: int) -> list[Finding]:
    """What devices said about a ticket, the latest first; empty for what a person reported."""
    return [
        Finding(row["device"], row["event"], row["times"], row["first_at"], row["last_at"], row["last"])
        for row in records.of_incident(work, incident_id)
    ]


def _category(work: Work, event: str) -> str:
    kind = rules.ALARMS[event]
    if categories.get(work, kind.code) is None:
        # The catalogue learns of it with the first ticket; from then on it is edited like any other.
        categories.pin(work, kind)
    return kind.code


def _open(work: Work, incident_id: int) -> Incident | None:
    found = leading(work, journal.stored(work, incident_id))
    return found if found.state in OPEN else None


def _joins(open_one: Incident, event: str, quiet_ms: int) -> bool:
    """Whether a repeat is the same thing. A danger that comes back after somebody dealt with it must ring again."""
    if event not in rules.RINGS_AGAIN_MS:
        return True
    if open_one.state in HELD:
        return False
    return open_one.state in NEW or quiet_ms < rules.RINGS_AGAIN_MS[event]


def _again(work: Work, incident: Incident, finding: int, words: str) -> None:
    times = records.again(work, finding, words)
    if rules.worth_a_line(times):
        journal.write(work, incident, DEVICE, "repeat", None, note=f"第 {times} 次报警：{words}")
    journal.announce(work, incident)


def _over(work: Work, station: str, device: str, detail: dict[str, object]) -> None:
    event = detail.get("of")
    known = records.newest(work, station, device, event) if isinstance(event, str) else None
    open_one = None if known is None else _open(work, known["incident"])
    if open_one is not None:
        journal.write(work, open_one, DEVICE, "over", None, note=f"{device} 的读数回到正常了，仍请到现场看一眼")
        journal.announce(work, open_one)
