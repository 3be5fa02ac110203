"""What kiosks are told about the broker, from the environment the gateway has too (`CXZ_…`)."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from server.kit.errors import Unavailable


class Settings(BaseSettings):
    """Each with the value for development on one machine."""

    model_config = SettingsConfigDict(
        env_prefix="CXZ_", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    mqtt_public_url: str = Field("", description="The broker as kiosks reach it; empty: CXZ_PUBLIC_URL's host.")
    mqtt_url: str = Field("", description="An outside broker; kiosks are told its host, never its password.")
    mqtt_port: int = Field(1883, description="Port of our own broker.")
    mqtt_tls_cert: Path | None = Field(None, description="Our own broker speaks TLS with this certificate.")
    mqtt_tls_ca: Path | None = Field(None, description="Who signed the broker's certificate; given to kiosks.")

    def broker(self, public_url: str) -> str:
        """`mqtt://host:port` or `mqtts://host:port` for the kiosks."""
        if self.mqtt_public_url:
            return self.mqtt_public_url
        if self.mqtt_url:
            parts = urlsplit(self.mqtt_url)
            return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        host = urlsplit(public_url).hostname or "127.0.0.1"
        scheme = "mqtts" if self.mqtt_tls_cert else "mqtt"
        return f"{scheme}://[{host}]:{self.mqtt_port}" if ":" in host else f"{scheme}://{host}:{self.mqtt_port}"

    def ca(self) -> str:
        """The certificates (PEM) with which a kiosk knows the broker; empty: the system's own. Raises `Unavailable`."""
        if self.mqtt_tls_ca is None:
            return ""
        try:
            return self.mqtt_tls_ca.read_text("ascii")
        except (OSError, UnicodeDecodeError) as cause:
            raise Unavailable("服务器上的证书文件读不到，请告诉管理员") from cause
