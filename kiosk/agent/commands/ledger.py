"""The ledger of commands: the id is on the disk before anything moves, the answer is a fact that cannot be lost.

The wire's thread only hands bytes over. One thread writes commands down, two carry them out: hardware on one, the
rest on the other, so that the first-aid box never waits for a screenshot.
"""

import queue
import sqlite3
import threading
from collections.abc import Callable

import structlog

from gateway.contract.commands import DEEDS, INTERRUPTED, MAX_REASON, Command, Stage, Verdict, check_args, decide
from gateway.contract.envelope import Body, Broken
from gateway.contract.topics import Lane
from kiosk.agent.clock import StationClock
from kiosk.agent.commands import records
from kiosk.agent.commands.deeds import Deeds, Failed, Outcome
from kiosk.agent.commands.records import Known
from kiosk.agent.outbox import Outbox
from kiosk.agent.view import NotSaved

MOST_WAITING = 32
"""Commands that wait to be written down, or on one lane to be carried out; what comes on top is refused."""
MOST_ANSWERS = 20
"""A repeat is answered again so often; past this somebody plays, and the outbox must not fill with it."""
AGAIN_S = 1.0
PATIENCE_S = 0.5

log = structlog.get_logger("commands")


class Ledger:
    """`receive` takes what came on `down/command`. `wake` tells the courier that there is an answer.

    `turn` and `act` are one round of the threads; tests without threads call them themselves.
    """

    def __init__(self, outbox: Outbox, clock: StationClock, deeds: Deeds, wake: Callable[[], None]) -> None:
        self._outbox, self._clock, self._deeds, self._wake = outbox, clock, deeds, wake
        self._inbox: queue.Queue[bytes] = queue.Queue(MOST_WAITING)
        self._lanes: dict[bool, queue.Queue[Known]] = {
            hardware: queue.Queue(MOST_WAITING) for hardware in (True, False)
        }
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Answer what a power cut left open, and work."""
        left = self.unfinished()  # before anything new can be accepted
        jobs: dict[str, Callable[[], object]] = {
            "commands": lambda: self.turn(PATIENCE_S),
            "hands": lambda: self.act(True, PATIENCE_S),
            "errands": lambda: self.act(False, PATIENCE_S),
        }
        self._threads = [
            threading.Thread(target=self._keep_on, args=(job,), name=name, daemon=True) for name, job in jobs.items()
        ]
        if left:
            self._threads.append(
                threading.Thread(target=self._safely, args=(lambda: self.resume(left),), name="resume", daemon=True)
            )
        for thread in self._threads:
            thread.start()

    def cease(self) -> None:
        """Begin nothing more; what is being done and cannot end now is answered after the next start."""
        self._stopping.set()

    def stop(self) -> None:
        """Wait some seconds for what is being done."""
        self.cease()
        for thread in self._threads:
            thread.join(5)

    def receive(self, payload: bytes) -> None:
        """On the wire's thread."""
        try:
            self._inbox.put_nowait(payload)
        except queue.Full:
            log.warning("too many commands at once; dropped")  # unanswered: head office sees it expire

    # --- writing down

    def turn(self, patience: float = 0.0) -> bool:
        """Take one command, waiting at most `patience` seconds; False when none came."""
        try:
            payload = self._inbox.get(timeout=patience) if patience else self._inbox.get_nowait()
        except queue.Empty:
            return False
        try:
            command = Command.decode(payload)
        except Broken as cause:
            log.warning("command not understood", reason=str(cause))
            return True
        try:
            self._take(command)
        except NotSaved as cause:
            # Not written down means not done: head office sees it expire.
            log.error("command not written down, so not done", command=command.id, reason=str(cause))
        self._wake()
        return True

    def _take(self, command: Command) -> None:
        now = self._clock.now()
        with self._outbox.writing() as connection:
            known = records.find(connection, command.id)
            match decide(command, now, {known.id} if known else set()):
                case Verdict.REPEAT if known is not None:
                    if known.answers < MOST_ANSWERS:
                        records.answered(connection, known.id)
                        self._tell(connection, known)
                    return
                case Verdict.EXPIRED:
                    fresh = _known(command, {}, Stage.EXPIRED, {})
                case _:
                    fresh = self._judge(command)
            records.add(connection, fresh, now)
            self._tell(connection, fresh)
        log.info("command", command=command.id, name=command.name, state=fresh.state)
        if fresh.state == Stage.ACCEPTED:
            self._lanes[DEEDS[fresh.name].hardware].put_nowait(fresh)

    def _judge(self, command: Command) -> Known:
        """Accepted with all that is needed to carry it out, or failed with the reason."""
        try:
            args = check_args(command.name, command.args)
            if not self._clock.trusted:
                raise Failed("the clock knows no time")
            if self._lanes[DEEDS[command.name].hardware].full():
                raise Failed("too many commands at once")
            return _known(command, self._deeds.aim(command.name, args), Stage.ACCEPTED, {})
        except (Broken, Failed) as cause:
            return _known(command, {}, Stage.FAILED, {"reason": str(cause)[:MAX_REASON]})

    # --- carrying out

    def unfinished(self) -> list[Known]:
        """Accepted before the last end, and never finished."""
        try:
            with self._outbox.writing() as connection:
                return records.unfinished(connection)
        except NotSaved as cause:
            log.error("interrupted commands cannot be read", reason=str(cause))
            return []

    def resume(self, left: list[Known]) -> None:
        """Answer them truthfully."""
        for known in left:
            log.warning("a command was interrupted", command=known.id, name=known.name)
            late = self._clock.now() >= known.expires
            self._finish(known, self._deeds.resume(known.id, known.name, known.args, late, self._stopping.wait))

    def act(self, hardware: bool, patience: float = 0.0) -> bool:
        """Carry one command out, waiting at most `patience` seconds for it; False when none came."""
        lane = self._lanes[hardware]
        try:
            known = lane.get(timeout=patience) if patience else lane.get_nowait()
        except queue.Empty:
            return False
        if self._stopping.is_set():
            return False  # accepted and not begun: answered after the next start
        if self._clock.now() >= known.expires:
            outcome: Outcome | None = Outcome(False, "waited too long behind others")
        else:
            outcome = self._deeds.perform(known.id, known.name, known.args)
        self._finish(known, outcome)
        return True

    def _finish(self, known: Known, outcome: Outcome | None) -> None:
        if outcome is None or (self._stopping.is_set() and outcome.reason == INTERRUPTED):
            return  # after the next start more is known
        state = Stage.DONE if outcome.ok else Stage.FAILED
        answer = {**({"reason": outcome.reason[:MAX_REASON]} if outcome.reason else {}), **outcome.more}
        ended = Known(known.id, known.name, known.args, known.expires, state, answer, known.answers)
        while True:
            try:
                with self._outbox.writing() as connection:
                    records.settle(connection, ended.id, ended.state, ended.answer)
                    self._tell(connection, ended)
                break
            except NotSaved as cause:
                log.error("a command's end cannot be stored; trying again", command=known.id, reason=str(cause))
                if self._stopping.wait(AGAIN_S):
                    return
        log.info("command ended", command=known.id, state=state, reason=outcome.reason)
        self._wake()

    def _tell(self, connection: sqlite3.Connection, known: Known) -> None:
        body: Body = {"id": known.id, "state": known.state, "name": known.name, **known.answer}
        self._outbox.put(connection, Lane.EVENT, "result", body, self._clock.moment())

    def _keep_on(self, job: Callable[[], object]) -> None:
        while not self._stopping.is_set():
            self._safely(job)

    def _safely(self, job: Callable[[], object]) -> None:
        try:
            job()
        except Exception:
            log.exception("a command stumbled")
            self._stopping.wait(AGAIN_S)


def _known(command: Command, args: Body, state: Stage, answer: Body) -> Known:
    return Known(command.id, command.name, args, command.expires, state, answer, 1)
