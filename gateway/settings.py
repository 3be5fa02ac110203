"""The gateway's settings, from the environment (`CXZ_…`)."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each with the value for development on one machine."""

    model_config = SettingsConfigDict(env_prefix="CXZ_", hide_input_in_errors=True)

    data: Path = Field(default=Path("./data"), description="Folder of everything that is kept.")
    mqtt_url: str = Field(default="", description="An outside broker, mqtt://user:password@host; empty: our own.")
    mqtt_host: str = Field(default="127.0.0.1", description="Address our own broker listens on.")
    mqtt_port: int = Field(default=1883, ge=1, le=65535, description="Port our own broker listens on.")
    demo: bool = Field(default=False, description="Let the demo's stations log in.")
    log: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least level that is logged.")

    @property
    def mailbox(self) -> Path:
        """The mailbox's database."""
        return self.data / "mailbox.db"

    @property
    def folder(self) -> Path:
        """The gateway's own files: the broker's configuration, passwords and memory."""
        return self.data / "gateway"
