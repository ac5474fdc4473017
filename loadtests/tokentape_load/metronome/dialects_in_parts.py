"""The metronome's answers in those dialects of ours that tell an answer in parts: its pieces
between what opens the text and what closes it, numbered through. Pure.

By hand, and not by what our app writes them with: a mistake there must not hide here.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence

import orjson

from tokentape.contract.contract import Contract, Json, RequestTemplate
from tokentape.dialects.ag_ui.contract import CONTRACT as AG_UI
from tokentape.dialects.ai_sdk_ui.contract import CONTRACT as AI_SDK_UI

_PART = "text-1"


class AnswerInParts(ABC):
    """One answer to a request of one dialect. The first event opens it, whichever it is."""

    def __init__(self, request: Json) -> None:
        self._request = request
        self._opened = False

    def frames(self, payload: Json) -> Iterator[tuple[int, bytes]]:
        """The numbers and the data of the frames that an event of the metronome stands for."""
        opening = self._opening()
        if not self._opened:
            yield from enumerate(map(_data, opening))
            self._opened = True
        number = len(opening) + payload["seq"]
        if "content" in payload:
            yield number, _data(self._piece(payload["content"]))
        else:
            end, *rest = self._closing()
            yield from enumerate(map(_data, rest if payload.get("open") else (end, *rest)), number)

    @property
    @abstractmethod
    def message(self) -> str:
        """What was asked."""

    @abstractmethod
    def _opening(self) -> Sequence[Json]: ...

    @abstractmethod
    def _piece(self, text: str) -> Json: ...

    @abstractmethod
    def _closing(self) -> Sequence[Json]:
        """First the end of the text, then of all."""


class _AGUI(AnswerInParts):
    @property
    def message(self) -> str:
        message: str = self._request["messages"][-1]["content"]
        return message

    def _opening(self) -> Sequence[Json]:
        text = {"type": "TEXT_MESSAGE_START", "messageId": _PART, "role": "assistant"}
        return {"type": "RUN_STARTED", **self._ids()}, text

    def _piece(self, text: str) -> Json:
        return {"type": "TEXT_MESSAGE_CONTENT", "messageId": _PART, "delta": text}

    def _closing(self) -> Sequence[Json]:
        text = {"type": "TEXT_MESSAGE_END", "messageId": _PART}
        return text, {"type": "RUN_FINISHED", **self._ids(), "outcome": {"type": "success"}}

    def _ids(self) -> Mapping[str, Json]:
        return {name: self._request[name] for name in ("threadId", "runId")}


class _AISDK(AnswerInParts):
    @property
    def message(self) -> str:
        message: str = self._request["messages"][-1]["parts"][0]["text"]
        return message

    def _opening(self) -> Sequence[Json]:
        return {"type": "start"}, {"type": "start-step"}, {"type": "text-start", "id": _PART}

    def _piece(self, text: str) -> Json:
        return {"type": "text-delta", "id": _PART, "delta": text}

    def _closing(self) -> Sequence[Json]:
        text = {"type": "text-end", "id": _PART}
        return text, {"type": "finish-step"}, {"type": "finish", "finishReason": "stop"}, "[DONE]"


def _data(payload: Json) -> bytes:
    """JSON, but for a word that stands alone."""
    return payload.encode() if isinstance(payload, str) else orjson.dumps(payload)


def _path(contract: Contract) -> str:
    start = contract.start
    if not isinstance(start, RequestTemplate):
        raise TypeError(f"{contract.key} is not asked by a request")
    return start.path


BY_PATH: Mapping[str, type[AnswerInParts]] = {_path(AG_UI): _AGUI, _path(AI_SDK_UI): _AISDK}
DIALECTS_IN_PARTS = (AG_UI.dialect, AI_SDK_UI.dialect)
