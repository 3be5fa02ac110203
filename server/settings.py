"""Settings of the web process, from the environment."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """`CXZ_…`; every one has a default that works on one desk."""

    model_config = SettingsConfigDict(env_prefix="CXZ_", extra="ignore")

    data: Path = Field(Path("data"), description="Folder of databases, photos and secrets.")
    http: str = Field("127.0.0.1:8000", description="Address and port to listen on.")
    public_url: str = Field("", description="How phones reach this site; empty: http:// and CXZ_HTTP.")
    photos_url: str = Field("", description="Where photos lie, such as s3://bucket; empty: a folder under CXZ_DATA.")
    demo: bool = Field(False, description="Lets demo accounts in; set by `changxiaozhan demo`.")

    @property
    def address(self) -> tuple[str, int]:
        """Host and port; raises `ValueError` with one clear line."""
        host, _, port = self.http.rpartition(":")
        if not host or not port.isdigit() or not 0 <= int(port) <= 65535:
            raise ValueError(f"CXZ_HTTP must look like 127.0.0.1:8000, not {self.http!r}")
        return host.strip("[]"), int(port)

    @property
    def site_url(self) -> str:
        """Without a slash at the end."""
        return (self.public_url or f"http://{self.http}").rstrip("/")
