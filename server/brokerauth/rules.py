"""Who may publish and subscribe what: Mosquitto's rights file (gateway/broker.py), said for EMQX. Pure."""

from gateway.contract.envelope import Broken
from gateway.contract.topics import GATEWAY_STATE, ROOT, check_kiosk
from gateway.credentials import GATEWAY


def may(user: str, action: str, topic: str) -> bool:
    """Whether a user may do this; `topic` may be a filter when subscribing, a shared one too."""
    if topic.startswith("$share/"):
        topic = topic.split("/", 2)[-1]
    if user == GATEWAY:
        return topic.startswith(f"{ROOT}/")
    if not is_kiosk(user):
        return False
    if action == "publish":
        return topic.startswith(f"{ROOT}/{user}/up/")
    return action == "subscribe" and (topic == GATEWAY_STATE or topic.startswith(f"{ROOT}/{user}/down/"))


def rights(user: str) -> list[dict[str, str]]:
    """The same as EMQX's access control list, taken with the login from 5.8 on; the first rule that fits counts."""
    if user == GATEWAY:
        allowed = [("all", f"{ROOT}/#")]
    else:
        allowed = [
            ("publish", f"{ROOT}/{user}/up/#"),
            ("subscribe", f"{ROOT}/{user}/down/#"),
            ("subscribe", GATEWAY_STATE),
        ]
    rules = [{"permission": "allow", "action": action, "topic": topic} for action, topic in allowed]
    return [*rules, {"permission": "deny", "action": "all", "topic": "#"}]


def is_kiosk(user: str) -> bool:
    """Whether this could be a kiosk's id: then it holds no wildcard and no slash."""
    try:
        return check_kiosk(user) != GATEWAY
    except Broken:
        return False
