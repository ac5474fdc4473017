"""From what somebody wrote to a config that can be run: whose address, key and headers it has.

Reads no file and no environment: what those say is handed in.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import jwt

from tokentape.check.address import SHOWN_QUERY, Address, at_path, read_address, shown_address
from tokentape.check.config import AT_ONCE_MAX, CheckConfig
from tokentape.check.could_not_run import CouldNotRun
from tokentape.contract.anthropic import MESSAGES
from tokentape.contract.contract import Contract, Json, RequestTemplate
from tokentape.contract.openai import LASTING, OPENAI
from tokentape.options.option import read_options

MODELS: Mapping[str, str] = MappingProxyType(
    {**dict.fromkeys(OPENAI, "gpt-4o-mini"), MESSAGES.dialect: "claude-haiku-4-5"}
)
"""What is asked for where nobody names a model, and the protocol needs one."""
_NO_ENVIRONMENT: Mapping[str, str] = MappingProxyType({})


def read_config(
    environment: Mapping[str, str] = _NO_ENVIRONMENT,
    /,
    *,
    contract: Contract,
    line_end: str = "",
    **written: Any,
) -> CheckConfig:
    """A config from its options as they were written. `environment` may have a key for a server of
    OpenAI's kind where no token was given.

    Raises `CouldNotRun` with what to write instead.
    """
    values = read_options(CheckConfig, written)
    return resolve(CheckConfig(contract=contract, line_end=line_end, **values), environment)


def resolve(config: CheckConfig, environment: Mapping[str, str] = _NO_ENVIRONMENT) -> CheckConfig:
    """The config with its address taken apart, and with the credentials that it is to show. Raises
    `CouldNotRun`."""
    if config.users * config.viewers > AT_ONCE_MAX:
        raise CouldNotRun(f"--users with --viewers each: {AT_ONCE_MAX:,} at once are the most.")
    for flag, secret in (("--token", config.token), ("--mock-token", config.mock_token)):
        if secret is not None and not secret.isprintable():
            raise CouldNotRun(f"{flag}: it has characters that no header may have.")
    contract = config.contract
    address = read_address(config.url, contract)
    headers, token = _credentials(config, address, environment)
    query = (*address.query, *config.query)
    return replace(
        config,
        url=address.url,
        shown=shown_address(f"{address.url}{address.path}", query),
        contract=at_path(
            LASTING.get(contract.dialect, contract) if config.cutting else contract, address.path
        ),
        token=token,
        headers=headers,
        query=query,
        secrets=_secrets(config, address, token, headers, query),
        user=_user(token) or "anonymous",
        model=config.model or MODELS.get(contract.dialect),
    )


def _credentials(
    config: CheckConfig, address: Address, environment: Mapping[str, str]
) -> tuple[Mapping[str, str], str | None]:
    """The headers that go with each request, and the token. A key of the environment is shown to
    nobody who is shown something else."""
    headers, token = dict(config.headers), config.token
    names = {name.lower() for name in headers}
    http = config.contract.transport == "sse"
    for place, given in (
        ("--header Authorization", "authorization" in names),
        ("a user in the address", address.basic is not None),
    ):
        if given and token is not None and http:
            raise CouldNotRun(f"--token and {place} are sent as one header: leave one of them out.")
    if address.basic is not None and "authorization" not in names:
        headers["Authorization"] = address.basic
        names.add("authorization")
    if token is None and config.contract.dialect in MODELS and not names & _KEYS:
        key = _AZURE_KEY if address.azure else _OPENAI_KEY
        if config.contract.dialect == MESSAGES.dialect:
            key = _ANTHROPIC_KEY
        token = environment.get(key) or "sk-none"
    if token is not None and address.azure and not _is_jwt(token) and "api-key" not in names:
        headers["api-key"], token = token, None
    return headers, token


_KEYS = frozenset({"authorization", "api-key", "x-api-key"})
"""Headers that say who asks."""

_NO_SECRETS = frozenset(
    {"accept", "accept-encoding", "accept-language", "cache-control", "content-type", "host",
     "origin", "openai-beta", "user-agent"}
)  # fmt: skip
"""Headers whose values are known to everybody, and stand in many a text."""

_OPENAI_KEY, _AZURE_KEY = "OPENAI_API_KEY", "AZURE_OPENAI_API_KEY"
_ANTHROPIC_KEY = "ANTHROPIC_API_KEY"
"""As the official clients call them."""


def _is_jwt(token: str) -> bool:
    return token.startswith("eyJ") and token.count(".") == 2


def _secrets(
    config: CheckConfig,
    address: Address,
    token: str | None,
    headers: Mapping[str, str],
    query: Iterable[tuple[str, str]],
) -> tuple[str, ...]:
    """All that was given for a server's eyes alone."""
    values = [value for name, value in headers.items() if name.lower() not in _NO_SECRETS]
    schemes = (value.partition(" ")[2] for value in values)
    shown = (value for name, value in query if name not in SHOWN_QUERY)
    mock = urlsplit(config.mock_url or "").password
    given = (config.token, token, config.mock_token, address.password, mock)
    every = (*given, *values, *schemes, *shown, *_written(config.contract))
    return tuple(dict.fromkeys(one for one in every if one))


_NAMES = re.compile(r"auth|cookie|key|token|secret|passw|credential|signature", re.IGNORECASE)
"""What headers, parameters and fields are called that hold secrets."""


def _written(contract: Contract) -> Iterator[str]:
    """What a contract's author has written into it for a server's eyes alone."""
    for call in (contract.start, *contract.before, contract.resume, contract.stop):
        if isinstance(call, RequestTemplate):
            yield from _secrets_in((*call.headers.items(), *call.query.items()))
            yield from _secrets_in(call.form.items())
    handshake = contract.handshake
    yield from _secrets_in((*handshake.headers.items(), *handshake.query.items()))
    if isinstance(contract.auth, Mapping):
        yield from _secrets_in(contract.auth.items())


def _secrets_in(named: Iterable[tuple[str, Json]]) -> Iterator[str]:
    for name, value in named:
        if _NAMES.search(name) and isinstance(value, str) and "$" not in value:
            yield from (value, value.partition(" ")[2])


def _user(token: str | None) -> str | None:
    """Whose token it is. Nobody is let in by this, so its signature is the server's business."""
    if token is None:
        return None
    try:
        sub = jwt.decode(token, options={"verify_signature": False}).get("sub")
    except jwt.PyJWTError:
        return None
    return sub if isinstance(sub, str) else None
