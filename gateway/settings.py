"""The gateway's settings, from the environment (`CXZ_…`)."""

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each with the value for development on one machine."""

    model_config = SettingsConfigDict(env_prefix="CXZ_", env_ignore_empty=True, hide_input_in_errors=True)

    data: Path = Field(default=Path("./data"), description="Folder of everything that is kept.")
    mqtt_url: str = Field(default="", description="An outside broker, mqtt://user:password@host; empty: our own.")
    mqtt_host: str = Field(default="127.0.0.1", description="Address our own broker listens on.")
    mqtt_port: int = Field(default=1883, ge=1, le=65535, description="Port our own broker listens on.")
    mqtt_tls_cert: Path | None = Field(
        default=None, description="TLS: our own broker's certificate; at an outside broker the gateway's own."
    )
    mqtt_tls_key: Path | None = Field(default=None, validate_default=True, description="The key of that certificate.")
    mqtt_tls_ca: Path | None = Field(
        default=None, description="Who signed the broker's certificate; empty: the system's authorities."
    )
    mqtt_tls_client_ca: Path | None = Field(
        default=None, description="Our own broker lets in only clients with a certificate of this authority."
    )
    emqx_api: str = Field(
        default="", description="EMQX's management, http://key:secret@host:18083, to cut off who lost the login."
    )
    demo: bool = Field(default=False, description="Let the demo's stations log in.")
    log: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least level that is logged.")

    @field_validator("mqtt_tls_key")
    @classmethod
    def _key(cls, value: Path | None, others: ValidationInfo) -> Path | None:
        if (others.data.get("mqtt_tls_cert") is None) != (value is None):
            raise ValueError("comes together with CXZ_MQTT_TLS_CERT")
        return value

    @field_validator("mqtt_tls_client_ca")
    @classmethod
    def _client_ca(cls, value: Path | None, others: ValidationInfo) -> Path | None:
        if value is not None and others.data.get("mqtt_tls_cert") is None:
            raise ValueError("needs CXZ_MQTT_TLS_CERT and CXZ_MQTT_TLS_KEY")
        return value

    @property
    def mailbox(self) -> Path:
        """The mailbox's database."""
        return self.data / "mailbox.db"

    @property
    def folder(self) -> Path:
        """The gateway's own files: the broker's configuration, passwords and memory."""
        return self.data / "gateway"
