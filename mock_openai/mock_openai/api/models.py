"""The routes of the models: listed, read, and never deleted, since they are not the caller's."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mock_openai.api.operations import ApiRoute, operation, path_parameter
from mock_openai.endpoints.model_list import known_model, model, model_names
from mock_openai.endpoints.openai_errors import model_not_found, not_yours
from mock_openai.http.request_params import json_response, mock_of
from mock_openai.profiles import PROFILES
from mock_openai.settings import Settings

PATH = "/v1/models"


def _as_spoken(settings: Settings, name: str) -> dict[str, Any]:
    one = model(name)
    spell = PROFILES[settings.profile].model
    return one if spell is None else spell(one)


async def _listed(request: Request) -> Response:
    settings = mock_of(request).settings
    listed = [_as_spoken(settings, name) for name in model_names(settings.models)]
    return json_response({"object": "list", "data": listed})


async def _retrieve(request: Request) -> Response:
    settings, name = mock_of(request).settings, request.path_params["model"]
    if not known_model(name, settings.models):
        raise model_not_found(name)
    return json_response(_as_spoken(settings, name))


async def _delete(request: Request) -> Response:
    settings, name = mock_of(request).settings, request.path_params["model"]
    raise not_yours(name) if known_model(name, settings.models) else model_not_found(name)


ONE = f"{PATH}/{{model:path}}"
"""A name may have slashes: a fine-tuned model's has."""

_NAME = path_parameter("model")

ROUTES = (
    ApiRoute("GET", PATH, _listed, operation("List the models", "listModels")),
    ApiRoute("GET", ONE, _retrieve, operation("One model", "getModel", _NAME)),
    ApiRoute(
        "DELETE",
        ONE,
        _delete,
        operation("Refused: these models are not yours", "deleteModel", _NAME),
    ),
)
