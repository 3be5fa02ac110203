"""The desk's pages about people: who is on duty, the week's rota, contacts and units, the working calendar."""

from server.kit.feature import Entry, Feature
from server.rota import calendar_pages, people_pages, shift_pages, week_pages

feature = Feature(
    "rota",
    routers=[week_pages.router, shift_pages.router, people_pages.router, calendar_pages.router],
    entries=(Entry("rota", "/desk/rota", "值班", "calendar", lambda person: person.triages, often=True),),
)
