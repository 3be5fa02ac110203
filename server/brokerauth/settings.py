"""What an outside broker must show to be answered, from the environment (`CXZ_…`)."""

from urllib.parse import unquote, urlsplit

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Without a secret the endpoints deny everything."""

    model_config = SettingsConfigDict(
        env_prefix="CXZ_", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    broker_secret: str = Field("", description="Shared with the broker, sent by it in the header X-Cxz-Broker.")
    mqtt_url: str = Field("", description="The outside broker; its user and password are the gateway's login.")

    @property
    def gateway_password(self) -> str:
        """The gateway's own password at the outside broker; empty when CXZ_MQTT_URL names none."""
        try:
            return unquote(urlsplit(self.mqtt_url).password or "")
        except ValueError:
            return ""
