"""The body of the desired state as the kiosk reads it: one part per feature's panel, any part may be missing."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from gateway.contract.envelope import Broken
from gateway.contract.twin import read_dials

_Code = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")


class _Part(BaseModel):
    # Newer servers may say more than this software knows.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class StationPart(_Part):
    """Which station this is."""

    code: str = _Code
    name: str = Field(min_length=1)
    community: str = ""
    duty_phone: str = ""


class AmenityPart(_Part):
    """One thing of the station and its state since a time (UTC milliseconds)."""

    code: str = _Code
    label: str
    icon: str = ""
    state: Literal["ok", "low", "empty", "broken", "removed"]
    since: int | None = None


class CategoryPart(_Part):
    """One tile."""

    code: str = _Code
    label: str
    icon: str = ""
    group: str
    level: Literal["P0", "P1", "P2", "P3"]
    calls: tuple[str, ...] = ()
    advice: str = ""


class LetterPart(_Part):
    """A thank-you letter, shown before `until` (UTC milliseconds)."""

    id: str
    title: str
    text: str
    sender: str = ""
    day: str = ""
    until: int | None = None


class NoticePart(_Part):
    """A line of the committee, shown before `until` (UTC milliseconds)."""

    id: str
    text: str
    level: Literal["info", "warning"] = "info"
    until: int | None = None


class Wanted(_Part):
    """What this station should be and show."""

    station: StationPart | None = None
    public_url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    spots: tuple[str, ...] = ()
    amenities: tuple[AmenityPart, ...] = ()
    categories: tuple[CategoryPart, ...] = ()
    letters: tuple[LetterPart, ...] = ()
    notices: tuple[NoticePart, ...] = ()
    kiosk: dict[str, int] = Field(default_factory=lambda: read_dials({}))
    """The kiosk's own settings, complete (`gateway.contract.twin.DIALS`)."""

    @field_validator("kiosk", mode="before")
    @classmethod
    def _kiosk(cls, value: object) -> object:
        return read_dials(value) if isinstance(value, dict) else value

    @classmethod
    def read(cls, body: dict[str, Any]) -> "Wanted":
        """Raises `Broken` that names the first part which does not fit."""
        try:
            return cls.model_validate(body)
        except ValidationError as cause:
            first = cause.errors(include_url=False, include_context=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "body"
            raise Broken(f"{where}: {first['msg']}") from cause

    def amenity(self, code: str) -> AmenityPart | None:
        """The amenity of this code."""
        return next((part for part in self.amenities if part.code == code), None)
