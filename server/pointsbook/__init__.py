"""The desk's page of points and vouchers: what to hand over, what a report is worth, how much there is. No names."""

from server.kit.feature import Entry, Feature
from server.pointsbook import pages

feature = Feature(
    "pointsbook",
    routers=[pages.router],
    entries=(Entry("points", "/desk/points", "积分兑换", "star", lambda person: person.triages),),
)
