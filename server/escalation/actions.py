"""Firing the steps of clocks that have turned: each once for a clock, in the transaction that says so."""

import time

import structlog

from server import alerts, calendar, clocks, incidents
from server.alerts import Memo
from server.clocks import STAGE_LABELS, ClockTurned, Run
from server.escalation import records, rules
from server.escalation.rules import AFTER, AMBER, RED, Step
from server.incidents import ENDED, Incident, IncidentMoved
from server.kit.clock import MINUTE_MS
from server.kit.site import Site
from server.kit.store import Work

log = structlog.get_logger()

BATCH = 25
MOST_AT_ONCE = 20
"""Batches in one go; thousands of clocks that turn in one night take a few goes."""
LATER_MS = 60_000
BREATH_S = 0.03
"""Between two batches: a report that comes in then is written before the next one."""
WORDS = {AMBER: "快到时限", RED: "超时提醒"}


def turned(work: Work, event: ClockTurned) -> None:
    """A clock is amber or red: it is watched from now on, and looked at within seconds."""
    for run in clocks.runs_of(work, event.incident):
        if run.stage is event.stage and run.ended is None:
            records.watch(work, run.id, run.incident, event.community, work.now)


def moved(work: Work, event: IncidentMoved) -> None:
    """What is not late any more is not called late; a clock that has got more time may fire anew."""
    incident = event.incident
    records.wake(work, incident.id)
    fired = records.fired_runs(work, incident.id)
    if not fired:
        return
    for run in clocks.runs_of(work, incident.id):
        if run.id not in fired:
            continue
        if run.ended is not None:
            _take_back(work, run)
        elif run.paused is not None:
            # What nobody has heard yet is said when the clock goes on.
            records.forget(work, _take_back(work, run))
        elif event.move == "extend" and work.now <= run.due:
            _take_back(work, run)
            records.rearm(work, run.id)


def look_again(site: Site) -> None:
    """Chore: fire the steps of clocks that have turned, that turned so long ago, or whose ticket has moved."""
    for _ in range(MOST_AT_ONCE):
        with site.store.look() as look:
            if not records.watched(look, 1):
                return
        with site.store.work() as work:
            rows = records.watched(work, BATCH)
            for row in rows:
                _look(work, row["run"], row["incident"])
        if len(rows) < BATCH:
            return
        time.sleep(BREATH_S)


def _look(work: Work, run_id: int, incident_id: int) -> None:
    incident = incidents.get(work, incident_id)
    run = next((one for one in clocks.runs_of(work, incident_id) if one.id == run_id), None)
    if incident is None or run is None or run.ended is not None or incident.state in ENDED:
        records.unwatch(work, run_id)
        return
    try:
        with work.attempt():
            _look_at(work, incident, run)
    except Exception:
        # One clock that cannot be judged must not keep the others silent.
        log.exception("a clock's steps could not be fired and are tried again", incident=incident_id)
        records.watch(work, run.id, incident.id, incident.community, work.now + LATER_MS)


def _look_at(work: Work, incident: Incident, run: Run) -> None:
    """Fire what is due and was not fired, and look again when the next step is."""
    if run.paused is not None:
        records.watch(work, run.id, incident.id, incident.community, None)
        return
    plan = records.plan(work, incident.community, incident.level)
    fired = records.has_fired(work, run.id)
    due, following = [], []
    for step in plan.steps:
        moment = _moment(work, incident, run, step)
        # A clock that turned before the step was in force is none of its business.
        if moment is None or step.mark in fired or moment < max(step.at, plan.since):
            continue
        if moment > work.now:
            following.append(moment)
        elif step.when != AMBER or work.now <= run.due:
            due.append(step)
    # Red too: a clock that has told it once, stood still and went on does not tell it again.
    records.watch(work, run.id, incident.id, incident.community, min(following, default=None))
    _fire(work, incident, run, due)


def _moment(work: Work, incident: Incident, run: Run, step: Step) -> int | None:
    if step.stage is not run.stage:
        return None
    after = 0
    if step.when == AFTER:
        after = run.due + step.minutes * MINUTE_MS
        if step.working:
            after = calendar.working_time(work, incident.community).add_working(run.due, step.minutes * MINUTE_MS)
    return rules.moment(step, run, after)


def _fire(work: Work, incident: Incident, run: Run, due: list[Step]) -> None:
    for manner in dict.fromkeys(step.manner for step in due):
        steps = [step for step in due if step.manner == manner]
        late = any(step.when != AMBER for step in steps)
        if late:
            alerts.withdraw(work, incident.id, _key(run, AMBER))
        whom = tuple(dict.fromkeys(step.whom for step in steps))
        above = not {"street", "district"}.isdisjoint(whom)
        memo = Memo(
            incident.community,
            whom,
            manner,
            WORDS[RED if late else AMBER],
            STAGE_LABELS[run.stage],
            incident=incident.id,
            due=run.due,
            instead=("director", "duty") if above else ("duty", "director"),
            key=_key(run, RED if late else AMBER),
        )
        number = alerts.tell(work, memo)
        for step in steps:
            records.fire(work, run.id, incident.id, step.mark, number)
    supervising = next((step for step in due if step.supervise), None)
    if supervising is not None and incident.supervised is None:
        over = rules.span(supervising.minutes, supervising.working) if supervising.when == AFTER else ""
        incidents.supervise(
            work, incident.id, f"{STAGE_LABELS[run.stage]}超时{over and f'又过了{over}'}，按升级规则督办"
        )


def _take_back(work: Work, run: Run) -> list[int]:
    return alerts.withdraw(work, run.incident, _key(run, AMBER), _key(run, RED))


def _key(run: Run, light: str) -> str:
    return f"clock:{run.id}:{light}"
