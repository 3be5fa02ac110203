"""For an outside broker: EMQX asks here over HTTP whether a kiosk may log in, and what it may say and hear."""

from server.brokerauth import api
from server.brokerauth.settings import Settings
from server.kit.feature import Feature
from server.kit.site import Site

__all__ = ["feature"]


def _start(site: Site) -> None:
    site.parts["brokerauth"] = Settings()


feature = Feature("brokerauth", routers=[api.router], start=_start)
