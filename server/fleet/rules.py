"""What is believed of a kiosk, in the words of those who look after it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.contract.envelope import Body, Broken, pack
from gateway.contract.life import HEARTBEAT_S
from gateway.contract.twin import Reported
from gateway.mailbox import KioskStatus

SILENT_MS = (3 * HEARTBEAT_S + 60) * 1000
"""The gateway calls a silent kiosk lost after three heartbeats; past this the gateway itself has stopped telling."""

LIVES = {
    "ready": ("在线", "ok", "wifi"),
    "lost": ("失联", "bad", "wifi-off"),
    "disconnected": ("已关机", "warn", "moon"),
    "unheard": ("没有音讯", "bad", "cloud-off"),
    "new": ("从未上线", "off", "hourglass"),
}
"""life → word, pill, icon. `unheard`: said to be online, but the gateway has not told of it lately."""


@dataclass(frozen=True, slots=True)
class Health:
    """One kiosk. `desired` and `reported` are versions of its desired state, 0 for none; times UTC milliseconds."""

    kiosk: str
    life: str
    since: int | None
    seen: int | None
    backlog: int
    software: str
    desired: int
    reported: int
    error: str
    checked: bool
    """Whether it has ever told of its self-check."""
    failing: Mapping[str, str]
    """Part → what its self-check says; only parts that fail."""

    @property
    def word(self) -> str:
        """In Chinese."""
        return LIVES[self.life][0]

    @property
    def pill(self) -> str:
        """The colour's name."""
        return LIVES[self.life][1]

    @property
    def icon(self) -> str:
        """The icon's name."""
        return LIVES[self.life][2]

    @property
    def behind(self) -> bool:
        """Whether the screen does not show yet what it should."""
        return self.reported != self.desired


def health(kiosk: str, status: KioskStatus | None, desired: int, now: int) -> Health:
    """A kiosk's health; `status` is None before its first word."""
    if status is None:
        return Health(kiosk, "new", None, None, 0, "", desired, 0, "", False, {})
    reported = _reported(status.reported)
    life = status.life if status.life in LIVES else "new"
    if life == "ready" and now - status.seen > SILENT_MS:
        life = "unheard"
    known = life != "new"
    return Health(
        kiosk=kiosk,
        life=life,
        since=status.since if known else None,
        seen=status.seen if known else None,
        backlog=status.backlog,
        software=reported.software or _software(status.birth),
        desired=desired,
        reported=reported.version,
        error=reported.error or "",
        checked=bool(reported.check),
        failing={part: words for part, words in sorted(reported.check.items()) if words != "ok"},
    )


def _reported(body: Body | None) -> Reported:
    # The gateway checked it when it came; an older gateway may have checked less.
    try:
        return Reported.decode(pack(body or {}))
    except Broken:
        return Reported(0, "")


def _software(birth: Body | None) -> str:
    software = (birth or {}).get("software")
    return software if isinstance(software, str) else ""
