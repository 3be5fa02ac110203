"""Questions to the reporter, and tickets in the hands of an outside body: both answer by a link, without an account."""

from server.incidents import IncidentMoved
from server.kit.feature import Feature
from server.kit.personal import Erasing, Exporting
from server.kit.site import Site
from server.kit.store import Work
from server.questions import asking, desk_pages, engaging, outside_pages, redaction, rider_pages
from server.questions.asking import ask, withdraw
from server.questions.engaging import Engaged, engage, engaged, revoke
from server.questions.guesses import MISSES, Guesses
from server.questions.panel import OnTicket, on_ticket
from server.questions.posted import MEGABYTE, MOST_FILES, PHOTO_BYTES, Posted
from server.questions.posted import read as read_form
from server.questions.records import migrations, of
from server.questions.replying import ThisForm, answer
from server.questions.rider_pages import Form, form_of
from server.questions.rules import HOURS, Question
from server.questions.tokens import address

__all__ = [
    "HOURS", "MEGABYTE", "MISSES", "MOST_FILES", "PHOTO_BYTES", "Engaged", "Form", "Guesses", "OnTicket", "Posted",
    "Question", "ThisForm", "address", "answer", "ask", "engage", "engaged", "feature", "form_of", "of", "on_ticket",
    "read_form", "revoke", "withdraw",
]  # fmt: skip


def _start(site: Site) -> None:
    site.parts["questions"] = Guesses("这个网络打开了太多不对的链接，请 10 分钟后再试")


def _moved(work: Work, event: IncidentMoved) -> None:
    asking.moved(work, event)
    engaging.moved(work, event)


feature = Feature(
    "questions",
    migrations=migrations,
    routers=[desk_pages.router, rider_pages.router, outside_pages.router],
    hears={IncidentMoved: _moved, Exporting: redaction.export, Erasing: redaction.erase},
    start=_start,
    rounds={
        "go on without an answer": (20, asking.tell_lapsed),
        "end outside links": (20, engaging.tell_expired),
    },
)
