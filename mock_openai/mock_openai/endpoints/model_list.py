"""The models that `/v1/models` lists. Without --strict-models any other name answers too."""

_CREATED = {
    "gpt-3.5-turbo": 1677610602,
    "gpt-4": 1687882411,
    "gpt-4-turbo": 1712361441,
    "gpt-4o": 1715367049,
    "gpt-4o-mini": 1721172741,
    "gpt-4.1": 1744316542,
    "gpt-4.1-mini": 1744318173,
    "gpt-4.1-nano": 1744321707,
    "gpt-5": 1754425777,
    "gpt-5-mini": 1754425928,
    "gpt-5-nano": 1754426384,
    "o3": 1744225308,
    "o4-mini": 1744225351,
    "o1": 1734375816,
    "o3-mini": 1737146383,
    "text-embedding-3-small": 1705948997,
    "text-embedding-3-large": 1705953180,
    "text-embedding-ada-002": 1671217299,
    "gpt-3.5-turbo-instruct": 1692901427,
    "davinci-002": 1692634301,
    "babbage-002": 1692634615,
    "omni-moderation-latest": 1731689265,
    "omni-moderation-2024-09-26": 1732734466,
}


def known_model(name: str) -> bool:
    """Whether OpenAI has one of this name."""
    return name in _CREATED


def model(name: str) -> dict[str, object]:
    """The model object of OpenAI's API."""
    return {"id": name, "object": "model", "created": _CREATED[name], "owned_by": "openai"}


def all_models() -> dict[str, object]:
    """The list object of OpenAI."""
    return {"object": "list", "data": [model(name) for name in _CREATED]}
