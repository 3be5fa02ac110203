"""One lane of one channel: takes what is due, sends it, notes the answer. P0 and P1 have a lane of their own.

Nothing is sent inside a transaction. A message is marked `sending` before it goes and noted after: whoever dies in
between sends it again, under the same number.
"""

import random
import threading
from collections.abc import Callable, Sequence

import structlog

from server.alerts import calls, queries, records, rules
from server.alerts.channels import Answer, Channel, Message
from server.alerts.compose import Composed, compose
from server.alerts.quota import Quota
from server.alerts.records import Delivery
from server.alerts.setup import Line
from server.kit.site import Site
from server.kit.store import Work

log = structlog.get_logger()

LEASE_MS = 120_000
"""Longer than any channel takes; then a message counts as interrupted."""
HEARD_MS = 6_000
"""An open desk answers within this, or it was not open."""
MOST_URGENT = 200
MOST_TOGETHER = 5
MOST_LISTED = 1000
QUIET_TRIES = 2
"""After so many failed tries, what wakes nobody goes over another channel, if there is one."""
SHORT_WAIT_MS = 1_500
"""An urgent message waits so long for its channel before another one is asked too."""


class Lane:
    """`urgent`: P0 and P1; else everything that wakes nobody."""

    def __init__(
        self, site: Site, channel: Channel, urgent: bool, quota: Quota, lines: Callable[[], Sequence[Line]]
    ) -> None:
        self._site = site
        self._channel = channel
        self._urgent = urgent
        self._quota = quota
        self._lines = lines
        self._wake = threading.Event()
        self._stopping = threading.Event()
        name = f"alerts-{channel.name}{'-urgent' if urgent else ''}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin; sleeps until it is woken."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something due."""
        self._wake.set()

    def stop(self) -> None:
        """Take nothing more; what is on its way ends by itself."""
        self._stopping.set()
        self._wake.set()

    def join(self, seconds: float) -> None:
        """Wait for what is on its way."""
        self._thread.join(seconds)

    def is_due(self, look: Work) -> bool:
        """Whether something waits whose moment has come."""
        first = records.first_due(look, self._channel.name, self._urgent)
        return first is not None and first <= look.now

    def once(self) -> bool:
        """Send one message, if one is due and the channel may be used; whether there was one."""
        with self._site.store.look() as look:
            if not self.is_due(look):
                return False
            now = look.now
        wait = self._quota.take(self._urgent, now)
        if wait:
            if self._urgent and wait > SHORT_WAIT_MS:
                self._go_around(wait)
            return False
        taken = self._take()
        if taken is None:
            self._quota.give_back()
            return True
        answer = self._send(taken.message)
        with self._site.store.work() as work:
            self._note(work, taken.told, answer, taken.names)
        return True

    def _take(self) -> Composed | None:
        if self._urgent:
            with self._site.store.work() as work:
                return self._claim(work, self._compose(work))
        # A digest of a thousand takes a while to write: nobody's report waits for it.
        with self._site.store.look() as look:
            composed = self._compose(look)
        with self._site.store.work() as work:
            return self._claim(work, composed)

    def _compose(self, work: Work) -> tuple[list[Delivery], Composed | None]:
        waiting = records.due(work, self._channel.name, self._urgent, MOST_URGENT if self._urgent else MOST_LISTED)
        batch = [one for one in waiting if one.address == waiting[0].address]
        if self._urgent:
            # The use just counted is ours.
            batch = batch[: rules.together(len(waiting), self._quota.room(work.now) + 1, MOST_TOGETHER)]
        return batch, compose(work, self._site, self._channel, batch)

    def _claim(self, work: Work, what: tuple[list[Delivery], Composed | None]) -> Composed | None:
        batch, composed = what
        numbers = [one.id for one in batch]
        if not batch or records.waiting_among(work, numbers) < len(batch):
            return None  # somebody accepted meanwhile: compose anew
        if composed is None and calls.left(work, batch[0]):
            calls.instead(work, batch, self._channel.name)
            return None
        told = [] if composed is None else [one.id for one in composed.told]
        moot = [number for number in numbers if number not in told]
        if moot:
            records.finish(work, moot, "dropped")
        if told:
            records.set_state(work, told, "sending", work.now + LEASE_MS)
        return composed

    def _send(self, message: Message) -> Answer:
        try:
            return self._channel.send(message)
        except Exception as cause:
            log.exception("a channel raised", channel=self._channel.name)
            return Answer(False, f"发送时出错（{type(cause).__name__}）")

    def _note(self, work: Work, batch: Sequence[Delivery], answer: Answer, names: str) -> None:
        name, numbers = self._channel.name, [one.id for one in batch]
        for one in batch:
            about = calls.about(work, one)
            queries.note(work, one.incident, one.id, name, answer.confirmed, f"{about}{answer.words}", names)
        if answer.confirmed is None:
            records.set_state(work, numbers, "handed", work.now + HEARD_MS)
            return
        if name != "live":
            blocked = work.now + answer.blocked_ms if answer.blocked_ms else 0
            queries.tell_health(work, name, answer.confirmed, answer.words, blocked)
            if answer.confirmed:
                self._quota.unblock()
            elif blocked:
                self._quota.block(blocked)
        if answer.confirmed:
            records.finish(work, numbers, "sent")
            return
        if name != "live":  # that no desk is open is no news for the log
            log.warning("alert not confirmed", channel=name, answer=answer.words, deliveries=len(numbers))
        failed = [one for one in batch if not self._try_again(work, one, answer)]
        if name == "live":
            return
        elsewhere = failed + [one for one in batch if one.tries == QUIET_TRIES and one not in failed]
        calls.elsewhere(work, [one for one in elsewhere if not one.urgent], self._lines(), name)
        for one in batch:
            if one.urgent and one.tries == 0:
                calls.widen(work, one, self._lines(), name)

    def _try_again(self, work: Work, one: Delivery, answer: Answer) -> bool:
        """Put it back for another try; False when it is given up, though it is still worth telling."""
        over = calls.over(work, one)
        given_up = not answer.again or (not one.urgent and work.now - one.created > rules.GIVEN_UP_MS)
        if over or given_up:
            records.finish(work, [one.id], "failed")
            return over
        pause = rules.again_after(one.urgent, one.tries + 1, random.random())
        pause = max(pause, answer.blocked_ms)
        records.set_state(work, [one.id], "waiting", work.now + pause, one.tries + 1)
        return True

    def _go_around(self, wait: int) -> None:
        """The channel's quota is used up, or it is shut out: what is urgent goes over another one meanwhile."""
        with self._site.store.work() as work:
            for one in records.due(work, self._channel.name, True, MOST_URGENT):
                queries.note(
                    work, one.incident, one.id, self._channel.name, False, "这个渠道暂时不能再发，先走别的渠道", ""
                )
                records.set_state(work, [one.id], "waiting", work.now + wait)
                calls.widen(work, one, self._lines(), self._channel.name)

    def _run(self) -> None:
        pause = 0.5
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            try:
                while not self._stopping.is_set() and self.once():
                    pass
                pause = 0.5
            except Exception:
                log.exception("a lane of alerts stumbles and goes on", channel=self._channel.name, seconds=pause)
                self._stopping.wait(pause)
                pause = min(pause * 2, 10.0)
                self._wake.set()
