"""The kiosk's settings, from the environment (`CXZ_KIOSK_…`, and `CXZ_MQTT_URL`)."""

from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each with the value for development on one machine."""

    model_config = SettingsConfigDict(
        env_prefix="CXZ_KIOSK_", env_ignore_empty=True, hide_input_in_errors=True, populate_by_name=True
    )

    data: Path = Field(default=Path("./data/kiosk"), description="Folder with kiosk.json; the outbox is kept here.")
    http: str = Field(default="127.0.0.1:8100", description="Address and port of the screen's pages.")
    devices: Path | None = Field(default=None, description="Folder of links to serial ports; default <data>/dev.")
    mqtt_url: str = Field(
        default="", validation_alias="CXZ_MQTT_URL", description="Broker to use instead of the one in kiosk.json."
    )

    server: str = Field(default="", description="The server's address, so that pairing asks for the code alone.")
    ca_file: Path | None = Field(
        default=None,
        description="Who signed the server's and the broker's certificates, when the system does not know.",
    )
    cert_file: Path | None = Field(default=None, description="This machine's own certificate, for a broker that asks.")
    key_file: Path | None = Field(default=None, description="The key of that certificate.")

    telemetry_cap: int = Field(
        default=200_000, ge=1_000, description="Readings kept without a line; beyond it the oldest are dropped."
    )
    telemetry_s: int = Field(default=60, ge=1, description="Seconds between two readings of a device, unless it moves.")

    @field_validator("http")
    @classmethod
    def _http(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host.strip("[]") or not port.isdecimal() or not 0 <= int(port) <= 65535:
            raise ValueError("must look like 127.0.0.1:8100")
        return value

    @property
    def address(self) -> tuple[str, int]:
        """Host and port; port 0 lets the system choose."""
        host, _, port = self.http.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def serial(self) -> Path:
        """Folder of links to serial ports."""
        return self.devices or self.data / "dev"
