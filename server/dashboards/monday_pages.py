"""`/desk/monday`: one A4 for the Monday meeting, on the screen, on paper, and for a spreadsheet."""

from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from server.dashboards import paper
from server.dashboards.figures import Monday
from server.dashboards.monday import monday
from server.dashboards.place import Place, place
from server.dashboards.rules import Span, read_week
from server.dashboards.rules import week as week_of
from server.dashboards.table import table
from server.desk import Frame, frame
from server.kit import press
from server.kit.clock import beijing
from server.kit.site import ThisSite
from server.kit.spreadsheet import download
from server.staff import Triager

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Screen:
    """What `dashboards/monday.html` shows. `over`: the last week that is over, to go to on a Monday."""

    frame: Frame
    page: Monday
    place: Place
    over: Span
    number: int
    """Of the week in its year, after ISO 8601."""
    monday: bool
    """Whether today is one."""


@router.get("/desk/monday")
def show(request: Request, site: ThisSite, person: Triager, week: str = "", community: str = "") -> Response:
    """This week against last, or the week of a date."""
    with site.store.look() as look:
        where = place(look, person, community)
        page = monday(site, look, person.communities, where.code, read_week(week, look.now))
        over = week_of(look.now).shifted(-7)
        today = beijing(look.now).weekday()
        number = page.this.first.isocalendar().week
        context = Screen(frame(look, person, "monday"), page, where, over, number, today == 0)
    return site.pages.page(request, "dashboards/monday.html", context)


@router.get("/desk/monday.csv")
def as_csv(site: ThisSite, person: Triager, week: str = "", community: str = "") -> Response:
    """The same figures for a spreadsheet."""
    with site.store.look() as look:
        where = place(look, person, community)
        page = monday(site, look, person.communities, where.code, read_week(week, look.now))
    return download(table(page), f"monday-{page.this.first}.csv")


@router.get("/desk/monday.pdf")
def as_pdf(site: ThisSite, person: Triager, week: str = "", community: str = "") -> Response:
    """The same figures as one A4 to keep, to print or to send; its numbers are links."""
    with site.store.look() as look:
        where = place(look, person, community)
        page = monday(site, look, person.communities, where.code, read_week(week, look.now))
    made = press.pdf(paper.TEMPLATE, paper.sheet(page, where, site.public_url))
    name = f"monday-{page.this.first}"
    spoken = quote(f"小站周报-{where.name}-{page.this.first}.pdf", safe="")
    headers = {
        "Content-Disposition": f"attachment; filename=\"{name}.pdf\"; filename*=UTF-8''{spoken}",
        "Cache-Control": "no-store",
    }
    return Response(made, media_type="application/pdf", headers=headers)
