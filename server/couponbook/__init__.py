"""The desk's pages of the family parking coupon: may this car stand, issue one, who used how many, the register."""

from server.couponbook import board_pages, issuing_pages, month_pages, register_pages, terms_pages
from server.kit.feature import Entry, Feature
from server.parking import LOOKERS

feature = Feature(
    "couponbook",
    routers=[
        issuing_pages.router,
        month_pages.router,
        register_pages.router,
        terms_pages.router,
        board_pages.router,
    ],
    entries=(Entry("coupons", "/desk/coupons", "停车券", "parking", lambda person: person.role in LOOKERS),),
)
