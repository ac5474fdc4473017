"""Checking what callers send: pydantic models, and refusals that name the field. Pure."""

from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictStr, ValidationError

from tokentape.errors import CallerFault

M = TypeVar("M", bound=BaseModel)
Location = tuple[int | str, ...]


def clean(value: str) -> str:
    """No database keeps U+0000. Raises `ValueError`."""
    if "\x00" in value:
        raise ValueError("must not hold U+0000")
    return value


def not_blank(value: str) -> str:
    """Text that says something. Raises `ValueError`."""
    if not value.strip():
        raise ValueError("must not be empty")
    return clean(value)


def addressable(value: str) -> str:
    """Clients take these two out of a path before they ask, written out or as `%2E`:
    https://url.spec.whatwg.org/#double-dot-path-segment. Raises `ValueError`."""
    if value in (".", ".."):
        raise ValueError("must not be `.` or `..`: no address can hold it")
    return value


Said = Annotated[StrictStr, AfterValidator(not_blank)]
"""Text of a message."""
Id = Annotated[StrictStr, Field(min_length=1, max_length=128), AfterValidator(clean)]
IdInPath = Annotated[Id, AfterValidator(addressable)]
"""An id by which something is fetched later, as a part of an address."""


class Payload(BaseModel):
    """Strict, and deaf to fields that it does not know."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


def checked(model: type[M], payload: Any, **limits: int) -> M:
    """The payload as `model`; `limits` are most characters by field.

    Raises `CallerFault` BAD_REQUEST naming the first wrong field.
    """
    if not isinstance(payload, dict):
        raise CallerFault("BAD_REQUEST", "The payload must be one object.")
    try:
        result = model.model_validate(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        field = _path(first["loc"], payload)
        problem = first["msg"].removeprefix("Value error, ")
        raise CallerFault("BAD_REQUEST", f"`{field}`: {problem}", status=422, field=field) from None
    for field, most in limits.items():
        value = getattr(result, field)
        if value is not None and len(value) > most:
            raise CallerFault(
                "BAD_REQUEST",
                f"`{field}`: has {len(value)} characters, {most} are allowed",
                status=422,
                field=field,
            )
    return result


def _path(location: Location, payload: Any) -> str:
    """Where in the payload it is; pydantic also names the member of a union that it has tried."""
    value, path = payload, []
    for place, part in enumerate(location):
        within = isinstance(value, list) and isinstance(part, int) and part < len(value)
        if within or (isinstance(value, dict) and part in value):
            value = value[part]
        elif not isinstance(value, dict) or place < len(location) - 1:
            continue
        path.append(str(part))
    return ".".join(path)
