"""`kiosk.json`: who this kiosk is. Written by the server at pairing, read once at the start."""

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from gateway.contract.topics import check_kiosk


class Unpaired(Exception):
    """There is no usable `kiosk.json`; `str()` is one line for the person at the console."""


class Credentials(BaseModel):
    """The kiosk's name, its secrets, and what it shows before the first desired state."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    kiosk: str
    password: str = Field(min_length=1, repr=False)
    station: str
    presence_key: str = Field(repr=False)
    """Hexadecimal."""
    mqtt_url: str = "mqtt://127.0.0.1:1883"
    public_url: str = "http://127.0.0.1:8000"
    ca: str = Field(default="", max_length=200_000)
    """Who signed the broker's certificate (PEM), given at pairing; empty: an authority the system knows."""
    ca_file: Path | None = None
    """The same as a file, for a kiosk whose certificates come from elsewhere."""
    cert_file: Path | None = None
    """This machine's own certificate, for a broker that asks for one."""
    key_file: Path | None = None
    name: str = Field(min_length=1)
    community: str = ""
    duty_phone: str = ""

    @field_validator("kiosk")
    @classmethod
    def _kiosk(cls, value: str) -> str:
        return check_kiosk(value)

    @field_validator("station")
    @classmethod
    def _station(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", value):
            raise ValueError("not a station's code")
        return value

    @field_validator("presence_key")
    @classmethod
    def _presence_key(cls, value: str) -> str:
        if len(bytes.fromhex(value)) < 16:
            raise ValueError("shorter than 16 bytes")
        return value

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, value: str) -> str:
        if not re.fullmatch(r"https?://\S+", value):
            raise ValueError("not an http address")
        return value.rstrip("/")

    @property
    def key(self) -> bytes:
        """The station's presence key."""
        return bytes.fromhex(self.presence_key)


def read(path: Path) -> Credentials:
    """The credentials in this file. Raises `Unpaired`, never showing a secret."""
    try:
        return Credentials.model_validate_json(path.read_bytes())
    except FileNotFoundError as cause:
        raise Unpaired(f"this kiosk is not paired: {path} is missing") from cause
    except OSError as cause:
        raise Unpaired(f"cannot read {path}: {cause.strerror or cause}") from cause
    except ValidationError as cause:
        first = cause.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise Unpaired(f"{path} is not valid: {where}: {first['msg']}") from cause
