"""The protocols whose parts have lives of their own: contract, generator, and the names on the
wire."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from tests.unit.app.contract.lawful.ag_ui import ag_ui
from tests.unit.app.contract.lawful.ai_sdk_ui import ai_sdk_ui
from tests.unit.app.contract.lawful.anthropic import anthropic
from tests.unit.app.contract.lawful.openai_chat import openai_chat
from tests.unit.app.contract.lawful.openai_responses import openai_responses
from tokentape.contract.anthropic import MESSAGES
from tokentape.contract.contract import Contract
from tokentape.contract.openai import CHAT
from tokentape.contract.openai_responses import RESPONSES
from tokentape.dialects.ag_ui.contract import CONTRACT as AG_UI
from tokentape.dialects.ai_sdk_ui.contract import CONTRACT as AI_SDK_UI


@dataclass(frozen=True)
class Protocol:
    """`names`: whether each event carries its type as its name on the wire too."""

    contract: Contract
    lawful: Callable[[Random], Sequence[Any]]
    names: bool = False

    def name(self, payload: Any) -> str:
        """An event's name on the wire."""
        return payload.get("type", "") if self.names and isinstance(payload, dict) else ""


PROTOCOLS: Mapping[str, Protocol] = {
    "ag-ui": Protocol(AG_UI, ag_ui),
    "ai-sdk-ui": Protocol(AI_SDK_UI, ai_sdk_ui),
    "ai-sdk-ui of version 6": Protocol(AI_SDK_UI, partial(ai_sdk_ui, major=6)),
    "anthropic": Protocol(MESSAGES, anthropic, names=True),
    "openai-responses": Protocol(RESPONSES, openai_responses, names=True),
    "openai": Protocol(CHAT, openai_chat),
}
