"""The thread that climbs the ladder, wakes the lanes, and reads the channels' file anew when it changes."""

import threading
import time
from collections.abc import Iterator, Sequence

import structlog

from server.alerts import calls, queries, records
from server.alerts.channels import Answer, Channel, Live, Message
from server.alerts.lane import Lane
from server.alerts.memos import records as memos
from server.alerts.quota import MINUTE_MS, Quota
from server.alerts.setup import FILE, Line, Setup, mark_of, read
from server.kit.live import Change
from server.kit.site import Site

log = structlog.get_logger()

TICK_S = 0.05
LOOK_S = 0.5
"""How often the clock alone is reason enough to look."""
FILE_S = 2.0
BREATH_S = 0.02
GOODBYE_S = 3.0


class Ringer:
    """One web process has one. Tests call `climb` and `send` by hand, without the threads."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._path = site.data / FILE
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)
        self._threads = False
        self._lanes: list[Lane] = []
        self._quotas: dict[str, Quota] = {}
        self._channels: dict[str, Channel] = {}
        self.setup = Setup()
        self.use(read(self._path, site.demo, site.store.clock))

    def start(self) -> None:
        """Begin, with what was on its way when the program last ended."""
        self.recover()
        self._threads = True
        for lane in self._lanes:
            lane.start()
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more, and let what is on its way end."""
        self._stopping.set()
        for lane in self._lanes:
            lane.stop()
        if self._threads:
            until = time.monotonic() + GOODBYE_S
            self._thread.join(GOODBYE_S)
            for lane in self._lanes:
                lane.join(max(0.0, until - time.monotonic()))
        for channel in self._channels.values():
            channel.close()

    def use(self, setup: Setup) -> None:
        """Put other channels in force. Those of before end what they have begun."""
        for problem in setup.problems:
            log.warning("channels.toml", problem=problem)
        former = self._lanes, list(self._channels.values())
        self.setup = setup
        channels: list[Channel] = [Live(self._ring), *(line.channel for line in setup.lines)]
        self._channels = {channel.name: channel for channel in channels}
        with self._site.store.look() as look:
            health = queries.health(look)
            self._quotas = {
                channel.name: Quota(
                    channel.limits,
                    queries.recent_tries(look, channel.name, look.now - MINUTE_MS),
                    health[channel.name]["blocked"] if channel.name in health else 0,
                )
                for channel in channels
            }
        self._lanes = [
            Lane(self._site, channel, urgent, self._quotas[channel.name], lambda: self.setup.lines)
            for channel in channels
            for urgent in (True, False)
        ]
        for lane in former[0]:
            lane.stop()
        if self._threads:
            for lane in self._lanes:
                lane.start()
            threading.Thread(target=_put_away, args=former, name="alerts-former", daemon=True).start()

    def climb(self) -> None:
        """Turn what is due in the outbox into deliveries, the urgent first; give up on what nobody answered."""
        self._give_up()
        while self._batch(urgent=True):
            pass
        while self._batch(urgent=False):
            # Thousands that may wait are taken by the handful: a report, and its alarm, come in between.
            if self._threads:
                self._stopping.wait(BREATH_S)
            while self._batch(urgent=True):
                pass
            self._wake_lanes()

    def send(self) -> int:
        """Let every lane send what it may, here and now; returns how many messages went."""
        return sum(1 for lane in self._lanes for _ in _until_empty(lane))

    def recover(self) -> None:
        """Messages that were on their way when the program ended go again: twice is better than never."""
        with self._site.store.work() as work:
            for one in records.interrupted(work):
                words = "发送途中程序停了，不知道到没到，用同一个消息号再发一次"
                queries.note(work, one.incident, one.id, one.channel, None, words, "")
                records.set_state(work, [one.id], "waiting", work.now)

    def try_out(self, name: str, address: str) -> Answer:
        """Send a test message, and return what the channel really said. It uses the channel's quota."""
        channel = self._channels.get(name)
        if channel is None:
            return Answer(False, "没有这个渠道")
        if name == "live":
            return Answer(None, "请在工作台上打开声音试一试")
        if not channel.group and not address:
            return Answer(False, "请填测试发给谁")
        wait = self._quotas[name].take(False, self._site.store.clock())
        if wait:
            return Answer(False, f"这个渠道 {-(-wait // 1000)} 秒内不能再发")
        mark = f"T{self._site.store.clock() % 1_000_000:06d}"
        text = f"【测试】畅小站工单提醒渠道 {name} 通了，不用处理。\n消息 {mark}"
        answer = channel.send(Message(mark, "畅小站测试消息", text, False, address))
        if answer.blocked_ms:
            self._quotas[name].block(self._site.store.clock() + answer.blocked_ms)
        with self._site.store.work() as work:
            blocked = work.now + answer.blocked_ms if answer.blocked_ms else 0
            queries.note(work, None, None, name, answer.confirmed, f"测试：{answer.words}", "")
            queries.tell_health(work, name, bool(answer.confirmed), answer.words, blocked)
        return answer

    @property
    def channels(self) -> Sequence[Channel]:
        """Those in force, the open desk first."""
        return tuple(self._channels.values())

    @property
    def lines(self) -> Sequence[Line]:
        """The same, but for the desk, with whom each is for."""
        return self.setup.lines

    def _batch(self, *, urgent: bool) -> bool:
        with self._site.store.look() as look:
            if not records.due_entries(look, urgent, 1) and not memos.due(look, urgent, 1):
                return False
        with self._site.store.work() as work:
            return calls.climb(work, self.setup.lines, urgent)

    def _wake_lanes(self) -> None:
        with self._site.store.look() as look:
            for lane in self._lanes:
                if lane.is_due(look):
                    lane.wake()

    def _give_up(self) -> None:
        with self._site.store.look() as look:
            lost, orphans = records.unanswered(look), records.orphans(look, list(self._channels))
        if not lost and not orphans:
            return
        with self._site.store.work() as work:
            for one, state in records.unanswered(work):
                if state == "handed":
                    queries.note(work, one.incident, one.id, one.channel, False, "没有打开的工作台回应", "")
                    records.finish(work, [one.id], "failed")
                else:
                    queries.note(work, one.incident, one.id, one.channel, None, "发送没有结果，再发一次", "")
                    records.set_state(work, [one.id], "waiting", work.now)
            for one in records.orphans(work, list(self._channels)):
                queries.note(work, one.incident, one.id, one.channel, False, "这个渠道已经不在设置里", "")
                records.finish(work, [one.id], "failed")
                if one.urgent:
                    calls.widen(work, one, self.setup.lines, one.channel)
                else:
                    calls.elsewhere(work, [one], self.setup.lines, one.channel)

    def _ring(self, message: Message) -> bool:
        if not self._site.live.listening:
            return False
        facts = message.facts
        data: dict[str, str | int] = {
            "to": message.address, "alert": int(facts.get("delivery") or 0),
            "incident": int(facts.get("incident") or 0), "level": str(facts.get("level")),
            "sound": int(message.urgent),
        }  # fmt: skip
        self._site.live.publish(Change("alarm", str(facts.get("community")), data))
        return True

    def _run(self) -> None:
        seen, look_at, file_at, pause = -1, 0.0, time.monotonic() + FILE_S, 0.5
        while not self._stopping.wait(TICK_S):
            try:
                now = time.monotonic()
                if now >= file_at:
                    file_at = now + FILE_S
                    if mark_of(self._path) != self.setup.mark:
                        self.use(read(self._path, self._site.demo, self._site.store.clock, self.setup))
                version = self._site.store.data_version()
                if version == seen and now < look_at:
                    continue
                seen, look_at = version, now + LOOK_S
                self.climb()
                self._wake_lanes()
                pause = 0.5
            except Exception:
                log.exception("the alerts stumble and go on", seconds=pause)
                self._stopping.wait(pause)
                pause, seen = min(pause * 2, 10.0), -1


def _until_empty(lane: Lane) -> Iterator[None]:
    while lane.once():
        yield


def _put_away(lanes: Sequence[Lane], channels: Sequence[Channel]) -> None:
    for lane in lanes:
        lane.join(60)
    for channel in channels:
        channel.close()
