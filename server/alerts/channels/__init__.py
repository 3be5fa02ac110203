"""The channels over which alerts leave the house; each is one class with `send`, which never raises."""

from server.alerts.channels.mail import Mail
from server.alerts.channels.message import Answer, Channel, Limits, Message
from server.alerts.channels.nearby import Apprise, Live, Log, NoApprise
from server.alerts.channels.post import Post, why_not
from server.alerts.channels.robots import DingTalk, Feishu, WeCom
from server.alerts.channels.webhook import Sms, Webhook

__all__ = [
    "Answer", "Apprise", "Channel", "DingTalk", "Feishu", "Limits", "Live", "Log", "Mail", "Message", "NoApprise",
    "Post", "Sms", "WeCom", "Webhook", "why_not",
]  # fmt: skip
