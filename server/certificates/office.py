"""What the certificates keep in memory while the site runs."""

from dataclasses import dataclass, field

from server.certificates.paper import Sheets
from server.kit.site import Site
from server.questions import Guesses


@dataclass(frozen=True, slots=True)
class Office:
    """In `site.parts`: who guesses codes, and the sheets made last."""

    guesses: Guesses = field(default_factory=lambda: Guesses("这个网络查了太多不对的编号，请 10 分钟后再试"))
    sheets: Sheets = field(default_factory=Sheets)

    @staticmethod
    def of(site: Site) -> "Office":
        """The one of this site."""
        office: Office = site.parts["certificates"]
        return office
