"""What a help certificate says, who may ask for one and who may give it. Pure."""

from dataclasses import dataclass

from server.incidents import OVERSEERS, Incident
from server.kit.clock import beijing

GRANTERS = OVERSEERS | {"duty"}
"""These put the committee's word under it; only those who oversee take it back."""

ASKED, GRANTED, REFUSED, REVOKED = "asked", "granted", "refused", "revoked"
STATES = {ASKED: "等开具", GRANTED: "已开具", REFUSED: "没有开", REVOKED: "已撤销"}

MAX_REASON = 120
_DONE = frozenset({"verified", "closed"})
_NO_REPORTER = frozenset({"device", "api"})
_NOT_HELP = frozenset({"suggestion", "rider", "device"})
"""Groups of categories in which nobody is helped by stopping."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a certificate says; nobody's name, no plate, no place but the community. Times: UTC milliseconds.

    Times are whole seconds, as they are signed; None: not known, or not (yet) happened.
    """

    code: str
    """By which it is checked; cannot be guessed."""
    number: str
    what: str
    """The category in general words."""
    community: str
    reported: int
    taken: int | None
    """When somebody here took it over."""
    done: int | None
    """When the work was reported done."""
    closed: int | None
    issued: int

    @property
    def issuer(self) -> str:
        """Who stands for it."""
        return f"{self.community}居委会"

    @property
    def sentence(self) -> str:
        """What it certifies."""
        return f"该骑手在配送途中因协助处置“{self.what}”停留，时间如下。"

    @property
    def times(self) -> tuple[tuple[str, int], ...]:
        """What is known, in order: label and moment."""
        known = (
            ("骑手上报", self.reported), ("居委接手", self.taken), ("处置完成", self.done), ("办结", self.closed),
        )  # fmt: skip
        return tuple((label, at) for label, at in known if at is not None)

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """The times in words: label and Beijing time to the second."""
        return tuple((label, stamp(at)) for label, at in self.times)

    @property
    def issued_on(self) -> str:
        """In words."""
        return stamp(self.issued)


def stamp(at: int) -> str:
    """`2026-11-22 22:06:31`: a paper is read in another year, by somebody who counts seconds."""
    return f"{beijing(at):%Y-%m-%d %H:%M:%S}"


@dataclass(frozen=True, slots=True)
class Certificate:
    """One row: a request and what came of it. `reason` of a refusal or a revocation; `sealed` is the signed text."""

    id: int
    incident: int
    state: str
    asked: int | None
    """None: given without being asked for."""
    answered: int | None
    answered_by: str
    reason: str
    code: str
    sealed: str
    revoked: int | None
    revoked_by: str


def why_not(own: Incident, leading: Incident) -> str | None:
    """Why there is no certificate for this report now (a sentence), else None. `leading` carries the report on."""
    if not may_ever(own):
        return "这类上报不开助人证明"
    if leading.state in {"rejected", "void", "withdrawn"}:
        return "这条上报没有受理、作废或者撤回了，不能开助人证明"
    if leading.state not in _DONE:
        return "事情办好、核查过以后，才能开助人证明"
    return None


def may_ever(own: Incident) -> bool:
    """Whether somebody reported it who could have stopped to help."""
    return own.channel not in _NO_REPORTER and own.kind.group not in _NOT_HELP


def since(leading: Incident) -> str:
    """What became of the ticket after the certificate was given, for whoever checks it; empty: nothing."""
    if leading.state == "void":
        return "开具以后，这张工单作废了。请打电话向居委核实。"
    if leading.state == "rejected":
        return "开具以后，这张工单改成了不予受理。请打电话向居委核实。"
    if leading.state not in _DONE:
        return "开具以后，这件事重新打开在办；证明上的时间没有变。"
    return ""
