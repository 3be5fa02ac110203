"""Starting, ending, pausing clocks as tickets move, and telling when one turns amber or red."""

import time
from dataclasses import dataclass

from gateway.contract.categories import Level
from server import incidents
from server.calendar import working_time
from server.clocks import records, rules
from server.clocks.rules import Light, Limit, Run, Stage
from server.incidents import Incident, IncidentMoved, IncidentRaised, IncidentReported
from server.kit.clock import MINUTE_MS
from server.kit.errors import Forbidden, Invalid
from server.kit.live import Change
from server.kit.site import Site
from server.kit.store import Work
from server.staff import Person

BATCH = 100
BREATH_S = 0.02
"""Between batches: thousands of clocks that turn at once must not keep an alarm from being written."""
EDITORS = frozenset({"director", "street", "district"})
MOST_MINUTES = 60 * 24 * 365


@dataclass(frozen=True, slots=True)
class ClockTurned:
    """A ticket's clock is amber or red for the first time."""

    incident: int
    community: str
    stage: Stage
    light: Light


@dataclass(frozen=True, slots=True)
class Standing:
    """The clock that matters most on a ticket now. `left`: milliseconds until red; `over`: since it turned red."""

    stage: Stage
    light: Light
    due: int
    left: int
    over: int
    paused: bool
    working: bool


def reported(work: Work, event: IncidentReported) -> None:
    """The first two clocks start when we hear of it; a backlog's age is nobody's fault here."""
    _start(work, event.incident, rules.STARTS["report"])


def moved(work: Work, event: IncidentMoved) -> None:
    """A move ends some clocks and starts others; they stand still while nobody here can do anything."""
    stood, stands = (rules.stands_still(one.state, one.level, one.waiting) for one in (event.former, event.incident))
    if stood and not stands:
        resume(work, event.incident)
    records.end(work, event.incident.id, rules.ENDS.get(event.move, ()))
    _start(work, event.incident, rules.STARTS.get(event.move, ()))
    if event.move == "extend" and event.until is not None:
        _extend(work, event.incident, event.until)
    if stands and not stood:
        pause(work, event.incident)


def raised(work: Work, event: IncidentRaised) -> None:
    """The running clocks get the shorter limits of the higher level, counted from when they began."""
    incident = event.incident
    held, worktime = limits(work, incident.community), working_time(work, incident.community)
    for run in records.open_runs(work, [incident.id]):
        limit = rules.limit_for(held, run.stage, incident.level, incident.category)
        amber, due = rules.moments(run.started, limit, worktime)
        if run.paused is None and due < run.due:
            records.tighten(work, run, limit, amber, due)


def pause(work: Work, incident: Incident) -> None:
    """Every clock of the ticket stands still: it is shelved, or waits for its reporter."""
    worktime = working_time(work, incident.community)
    for run in records.open_runs(work, [incident.id]):
        if run.paused is None:
            records.pause(work, run, rules.remaining(run, work.now, worktime))


def resume(work: Work, incident: Incident) -> None:
    """The paused clocks go on with what was left."""
    worktime = working_time(work, incident.community)
    for run in records.open_runs(work, [incident.id]):
        if run.paused is not None:
            records.resume(work, run, *rules.resumed(run, work.now, worktime))


def standings(work: Work, incidents: list[Incident]) -> dict[int, Standing]:
    """The clock to show for each ticket that has one running: the reddest, then the nearest to its end."""
    by_id = {incident.id: incident for incident in incidents}
    worktimes = {community: working_time(work, community) for community in {one.community for one in incidents}}
    found: dict[int, Standing] = {}
    for run in records.open_runs(work, by_id.keys()):
        if run.stage is Stage.OVERALL and rules.light(run, work.now) is Light.GREEN:
            continue  # the stage's own clock says more
        standing = _standing(run, work.now, worktimes[by_id[run.incident].community])
        known = found.get(run.incident)
        if known is None or _urgency(standing) < _urgency(known):
            found[run.incident] = standing
    return found


def tell_turned(site: Site) -> None:
    """Chore: every clock that turned is told once; desks that are open repaint the ticket."""
    while True:
        with site.store.work() as work:
            turned = records.reached(work, BATCH)
            for run, community, _ in turned:
                light = rules.light(run, work.now)
                records.told(work, run, str(light))
                work.tell(ClockTurned(run.incident, community, run.stage, light))
                incident = incidents.get(work, run.incident)
                desk = str(incident.desk) if incident else ""
                data: dict[str, str | int] = {"id": run.incident, "desk": desk, "former_desk": desk}
                work.tell(Change("incident", community, data))
        if len(turned) < BATCH:
            return
        time.sleep(BREATH_S)


def limits(work: Work, community: str) -> list[Limit]:
    """Every limit that holds in a community: what somebody set, and the shipped ones for the rest."""
    own = records.limits(work, community)
    taken = {(one.stage, one.level, one.category) for one in own}
    return own + [one for one in rules.SHIPPED if (one.stage, one.level, one.category) not in taken]


def set_limit(
    work: Work, person: Person, community: str, stage: str, level: str, category: str, minutes: int, working: bool
) -> None:
    """Change a limit from now on; clocks already running keep theirs. Raises `Forbidden` and `Invalid`."""
    if person.role not in EDITORS or not person.sees(community):
        raise Forbidden("时限由主任或街道来改")
    if stage not in set(Stage) or level not in set(Level):
        raise Invalid("请选阶段和等级")
    if not 1 <= minutes <= MOST_MINUTES:
        raise Invalid("时限写 1 分钟到 365 天")
    pattern = category.strip() or "*"
    if len(pattern) > 64 or not set(pattern) <= set("abcdefghijklmnopqrstuvwxyz0123456789._*"):
        raise Invalid("类别写成 parking.* 这样，或留空表示全部")
    limit = Limit(Stage(stage), Level(level), pattern, minutes * MINUTE_MS, working)
    records.add_limit(work, community, limit, person.name)


def _start(work: Work, incident: Incident, stages: tuple[Stage, ...]) -> None:
    if not stages:
        return
    held, worktime = limits(work, incident.community), working_time(work, incident.community)
    for stage in stages:
        limit = rules.limit_for(held, stage, incident.level, incident.category)
        records.start(work, incident.id, incident.community, limit, *rules.moments(work.now, limit, worktime))


def _extend(work: Work, incident: Incident, until: int) -> None:
    """The handling clock ends at the new date at the earliest, and the overall one as much later."""
    runs = [run for run in records.open_runs(work, [incident.id]) if run.paused is None]
    later = max((until - run.due for run in runs if run.stage is Stage.HANDLE), default=0)
    for run in runs:
        due = run.due + later if later > 0 and run.stage in {Stage.HANDLE, Stage.OVERALL} else run.due
        if due > run.due:
            # Amber again when four fifths of what is left now are over.
            records.resume(work, run, work.now + round((due - work.now) * rules.AMBER_SHARE), due)
            records.told(work, run, str(Light.GREEN))


def _standing(run: Run, now: int, worktime: rules.Worktime) -> Standing:
    return Standing(
        stage=run.stage,
        light=rules.light(run, now),
        due=run.due,
        left=rules.remaining(run, now, worktime),
        over=max(0, now - run.due) if run.paused is None else 0,
        paused=run.paused is not None,
        working=run.limit.working,
    )


def _urgency(standing: Standing) -> tuple[int, int]:
    order = {Light.RED: 0, Light.AMBER: 1, Light.GREEN: 2}
    return order[standing.light], standing.due
