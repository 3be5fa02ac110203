"""Reading a report by program: who sends, and how much, is known before any of it is read; and never too much is read.

Its form is read here and not by FastAPI, which would take in all of it before it looks at the token.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import UploadFile

from server.kit.errors import Fault, Invalid
from server.photos import MOST
from server.questions import MEGABYTE, PHOTO_BYTES, read_form
from server.staff import Client

MOST_BYTES = MOST * PHOTO_BYTES + 2 * MEGABYTE
MOST_FIELDS = 20


class TooLarge(Fault):
    """The body is longer than a report may be."""

    status = 413
    title = "太大了"


class IncidentIn(BaseModel):
    """The fields of a report."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"station": "sn10-north", "category": "parking.fire_lane", "place": "北门消防通道", "words": "白色轿车"}
            ]
        }
    )

    station: Annotated[str, Field(max_length=64)]
    category: Annotated[str, Field(max_length=64)]
    place: Annotated[str, Field(max_length=500)] = ""
    words: Annotated[str, Field(max_length=5000)] = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A report as it came; its files are open until the answer is made."""

    said: IncidentIn
    files: list[UploadFile]


def _body() -> dict[str, Any]:
    schema = IncidentIn.model_json_schema()
    one = {"type": "string", "contentMediaType": "application/octet-stream"}
    schema["properties"]["photos"] = {
        "type": "array",
        "items": one,
        "maxItems": MOST,
        "description": f"At most {MOST}, each up to {PHOTO_BYTES // MEGABYTE} MB: JPEG, PNG, WebP, GIF, HEIC or AVIF.",
    }
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


BODY = _body()
"""What the form looks like, for `/openapi.json`."""

Key = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


async def receive(request: Request, client: Client, key: Key) -> AsyncGenerator[Sent, None]:
    """The dependency of the route. Without a token or a proper key nothing is read.

    Raises `TooLarge`, `Invalid`, and FastAPI's own error for fields that are missing or too long."""
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > MOST_BYTES:
        raise TooLarge(f"一条上报最多 {MOST_BYTES // MEGABYTE} MB")
    posted = await read_form(request, most_bytes=MOST_BYTES, most_fields=MOST_FIELDS)
    try:
        if posted.trouble:
            raise Invalid(posted.trouble)
        files = [file for name, file in posted.files if name == "photos"]
        if len(files) > MOST:
            raise Invalid(f"最多 {MOST} 张照片")
        try:
            said = IncidentIn.model_validate(dict(reversed(posted.words)))
        except ValidationError as cause:
            wrong = cause.errors(include_url=False, include_input=False, include_context=False)
            raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in wrong]) from cause
        yield Sent(said, files)
    finally:
        for _, file in posted.files:
            await file.close()


ThisReport = Annotated[Sent, Depends(receive)]
