"""The desk's pages of reply templates: what is said at which step, tried out before it is kept."""

from server.kit.feature import Entry, Feature
from server.replybook import pages

feature = Feature(
    "replybook",
    routers=[pages.router],
    entries=(Entry("replies", "/desk/replies", "回复模板", "message-circle", lambda person: person.triages),),
)
