"""What happens to tickets, told to whoever hears it in the same transaction."""

from dataclasses import dataclass

from server.incidents.rules import Incident, Request


@dataclass(frozen=True, slots=True)
class IncidentReported:
    """A ticket was opened."""

    incident: Incident


@dataclass(frozen=True, slots=True)
class IncidentMoved:
    """Something of the table was done to a ticket; `incident` as it is afterwards, `former` as it was.

    `until`: the new date of an extension, UTC milliseconds. `by` is the account that did it; None: nobody with one.
    """

    incident: Incident
    move: str
    former: Incident
    until: int | None = None
    by: int | None = None


@dataclass(frozen=True, slots=True)
class IncidentRaised:
    """A ticket became more urgent: another one was joined to it, or somebody corrected it."""

    incident: Incident


@dataclass(frozen=True, slots=True)
class IncidentClosed:
    """A verified ticket was closed. `letter` is what the station's screen shall say; empty: nothing."""

    incident: Incident
    letter: str
    sender: str


@dataclass(frozen=True, slots=True)
class ApprovalAsked:
    """Somebody asks to extend, shelve or void a ticket."""

    incident: Incident
    request: Request


@dataclass(frozen=True, slots=True)
class ApprovalAnswered:
    """Somebody else agreed or did not; `request.state` says which."""

    incident: Incident
    request: Request


@dataclass(frozen=True, slots=True)
class LookDue:
    """The days after closing are over: somebody should see whether it has come back."""

    incident: Incident


@dataclass(frozen=True, slots=True)
class ReviewDue:
    """The date came on which to ask the outside body how far it is."""

    incident: Incident
