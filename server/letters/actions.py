"""Thank-you letters: a closed report comes back as a few warm lines on the station's screen."""

from server.incidents import IncidentClosed
from server.kit.clock import DAY_MS
from server.kit.errors import Missing
from server.kit.site import PanelChanged
from server.kit.store import Work
from server.letters import records

SHOWN_MS = 7 * DAY_MS
MOST = 6
TITLE = "谢谢你"


def thank(work: Work, closed: IncidentClosed) -> None:
    """Put the letter up, when the person who closed the ticket wrote or kept one."""
    if not closed.letter:
        return
    incident = closed.incident
    records.add(work, incident.station, incident.id, TITLE, closed.letter, closed.sender, work.now + SHOWN_MS)
    work.tell(PanelChanged(incident.station))


def withdraw(work: Work, letter_id: int) -> None:
    """Take a letter off the screen at once; raises `Missing`."""
    row = records.withdraw(work, letter_id)
    if row is None:
        raise Missing("没有这封信")
    work.tell(PanelChanged(row["station"]))
