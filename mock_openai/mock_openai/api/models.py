"""The routes of the models: listed, read, and never deleted, since they are not the caller's."""

from starlette.requests import Request
from starlette.responses import Response

from mock_openai.api.operations import ApiRoute, operation, path_parameter
from mock_openai.endpoints.model_list import all_models, known_model, model
from mock_openai.endpoints.openai_errors import model_not_found, not_yours
from mock_openai.http.request_params import json_response

PATH = "/v1/models"


async def _listed(request: Request) -> Response:
    return json_response(all_models())


async def _retrieve(request: Request) -> Response:
    name = request.path_params["model"]
    if not known_model(name):
        raise model_not_found(name)
    return json_response(model(name))


async def _delete(request: Request) -> Response:
    name = request.path_params["model"]
    raise not_yours(name) if known_model(name) else model_not_found(name)


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
