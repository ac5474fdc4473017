"""Frames of a chat completion stream → what they add to the answer: pure.

Reads one choice and what a run needs; OpenAI's object is described at
https://platform.openai.com/docs/api-reference/chat-streaming
What other servers send in its place is read as well, by the slow half of this file.
"""

import json
from typing import Any

import orjson

from tokentape.runs.asides import Asides
from tokentape.runs.choices import Choices, Mixed
from tokentape.runs.content_text import NoText, delta_text, text_field, unread_field, works
from tokentape.runs.finish_reasons import is_success, reason_of
from tokentape.runs.shape import Shape
from tokentape.runs.sse_frames import Frame, Named
from tokentape.runs.surrogates import Halves, whole
from tokentape.runs.upstream_errors import IN_MID_ANSWER, Cause, UpstreamFailure, cause_of

DONE = b"[DONE]"
PINGS = {"ping", "heartbeat", "keepalive", "keep-alive", "comment"}
WHOLE = {"chat.completion", "chat.completion.done"}
"""Objects that hold all of the answer, also after its pieces."""
TOKENS_MAX = 2**53 - 1
"""Larger numbers are not exact in JavaScript, and JSON of ours can't hold any."""
UNREADABLE = object()


class Deltas:
    """Folds frames. `finish_reason` set means that the answer came to an end, which is a success
    where `finished` says so; `fault`, that it broke."""

    __slots__ = (
        "_aside",
        "_beside",
        "_choices",
        "_half",
        "_pieces",
        "_plain",
        "_resumed",
        "_shape",
        "_unread",
        "asides",
        "begun",
        "counted",
        "done",
        "fault",
        "finish_reason",
        "model",
        "prompt_tokens",
        "total_tokens",
        "worked",
    )

    def __init__(self, asides: Asides | None = None) -> None:
        """`asides` takes what is said beside the text; None lets it be."""
        self.asides = asides
        self.finish_reason: str | None = None
        self.model: str | None = None
        self.total_tokens: int | None = None
        self.prompt_tokens = 0
        self.done = False
        self.fault: UpstreamFailure | None = None
        self.begun = False
        """The model has said something, if only to itself."""
        self.worked = False
        """A choice was among the latest frames: the server is at work."""
        self.counted = False
        """The usage came with the finish or after it: nothing more is due."""
        self._beside = False
        """The finish stood beside text, as in servers that repeat it in each chunk."""
        self._resumed = False
        """Text came after the finish: what is to be believed is the end of the body."""
        self._pieces: list[str] = []
        self._choices = Choices()
        self._half = Halves()
        self._unread = ""
        self._aside: Cause | None = None
        self._plain = False
        self._shape = Shape()

    @property
    def chunks(self) -> int:
        """How many texts there were."""
        return len(self._pieces)

    @property
    def ended(self) -> bool:
        """Whether the server has said that nothing of the answer follows."""
        return self.done or (self.finish_reason is not None and not self._resumed)

    @property
    def finished(self) -> bool:
        """Whether the answer is whole."""
        return is_success(self.finish_reason)

    def texts(self, frames: list[Frame]) -> list[str]:
        """The non-empty contents of `frames`, up to `[DONE]` or what breaks the answer."""
        texts: list[str] = []
        self.worked = False
        loads, read = orjson.loads, self._shape.text
        for frame in frames:
            if self._plain and type(frame) is bytes:
                # Nearly every chunk is like this one; whatever is not is read with more care.
                if text := read(frame):
                    texts.append(text)
                    continue
                try:
                    chunk = loads(frame)
                    (choice,) = chunk["choices"]
                    delta = choice["delta"]
                    text = delta["content"]
                    if (
                        type(text) is str
                        and text
                        and len(delta) == 1
                        and choice["finish_reason"] is None
                        and choice["index"] == 0
                        and not chunk.get("usage")
                        and not chunk.get("error")
                        and "error" not in choice
                    ):
                        texts.append(text)
                        self._shape.learn(frame, chunk, text)
                        continue
                except (ValueError, KeyError, TypeError, AttributeError):
                    pass
            try:
                text = self._read(frame, texts)
            except UpstreamFailure as failure:
                self.fault = failure
                break
            if text:
                texts.append(text)
            if self.done:
                break
        if texts:
            self.begun = self.worked = True
            self._pieces += texts
        return texts

    def rest(self) -> str:
        """What was held back, at the end. Raises `UpstreamFailure` where it is not whole."""
        text = ""
        if self.finish_reason is None:
            text = self._choices_text(self._choices.rest(), {}, [])
        if self.asides is not None:
            self.asides.close()
        text += self._half.rest()
        if text:
            self._pieces.append(text)
        return text

    def verdict(self, stray: bytes = b"") -> None:
        """At the end of it all; `stray` came in no event. Raises `UpstreamFailure` where the
        answer is not whole."""
        if self.finish_reason is None:
            raise UpstreamFailure("UPSTREAM_TRUNCATED", self._aside or _stray_cause(stray))
        if not self.finished:
            raise UpstreamFailure("UPSTREAM_TRUNCATED", Cause(word=self.finish_reason))
        if self._unread and not any(self._pieces):
            lead = "The model's server sent its text in a field that is not read here"
            raise UpstreamFailure("UPSTREAM_MALFORMED", Cause(word=self._unread), lead)
        if self.asides is not None:
            self.asides.check(cut_short=self.finish_reason == "length")

    # From here on: what is rare.

    def _read(self, frame: Frame, before: list[str]) -> str:
        """Any frame; `before` are the texts of the same read. Raises `UpstreamFailure`."""
        event, data = frame if isinstance(frame, Named) else ("", frame)
        data = data.strip()
        if data.startswith(DONE) or data == b'"[DONE]"':
            self.done = True
            return ""
        chunk = _parsed(data) if data else {}
        if event.lower() == "error":
            error = _text(data) if chunk is UNREADABLE else chunk
            raise self._broken(error)
        if not isinstance(chunk, dict):
            return self._unreadable(event, data)
        if is_error(chunk):
            if text := self._chunk(chunk, before):
                before.append(text)
            raise self._broken(chunk)
        return self._chunk(chunk, before)

    def _broken(self, error: object) -> UpstreamFailure:
        return UpstreamFailure.of(
            cause_of(error), IN_MID_ANSWER if self.begun or self._pieces else None
        )

    def _unreadable(self, event: str, data: bytes) -> str:
        if event.lower().replace("_", "-") in PINGS or self.finish_reason is not None:
            return ""
        # Two events with one line end between them: the first may say what is wrong.
        for line in data.split(b"\n"):
            chunk = _parsed(line)
            if isinstance(chunk, list) and chunk:
                chunk = chunk[0]  # as Gemini tells an error
            if isinstance(chunk, dict) and is_error(chunk):
                raise self._broken(chunk)
        raise UpstreamFailure("UPSTREAM_MALFORMED", Cause(message=_described(data), private=True))

    def _chunk(self, chunk: dict[str, Any], before: list[str]) -> str:
        if self.model is None and chunk.get("model"):
            self.model = whole(str(chunk["model"]))
        choices = chunk.get("choices")
        if isinstance(choices, dict):
            choices = [choices]
        text = ""
        if isinstance(choices, list) and choices:
            self.worked = True
            try:
                text = self._choices_text(self._choices.pick(choices), chunk, before)
            except Mixed:
                lead = "The model's server mixed several answers into one"
                raise UpstreamFailure("UPSTREAM_MALFORMED", Cause(), lead) from None
            plain = self._choices.plain and not self._half
            self._plain = plain and self.finish_reason is None
        elif not chunk.get("usage"):
            cause = cause_of(chunk)
            if cause.message:
                self._aside = cause
        if not text:
            self._unread = self._unread or text_field(chunk)
        self._count(chunk)
        return text

    def _choices_text(
        self, choices: list[dict[str, Any]], chunk: dict[str, Any], before: list[str]
    ) -> str:
        text = ""
        for choice in choices:
            try:
                piece = self._choice_text(choice, chunk, before)
            except NoText as odd:
                raise UpstreamFailure(
                    "UPSTREAM_MALFORMED", Cause(message=f"content is no text: {odd}")
                ) from None
            text += piece
            self._finish(choice.get("finish_reason"), beside=bool(piece))
            if error := _error_in(choice):
                if text:
                    before.append(self._half.joined(text))
                raise self._broken(error)
        return self._half.joined(text) if text else ""

    def _finish(self, word: object, *, beside: bool) -> None:
        reason = reason_of(word, None)
        if beside:
            self._resumed = self._resumed or self.finish_reason is not None
            self._beside = reason is not None
        elif reason is not None:
            self._resumed = self._beside = False
        self.finish_reason = reason_of(word, self.finish_reason)

    def _choice_text(self, choice: dict[str, Any], chunk: dict[str, Any], before: list[str]) -> str:
        delta, message = choice.get("delta"), choice.get("message")
        text = ""
        if self.asides is not None:
            self.asides.read(choice, at=len(before))
        if isinstance(delta, dict):
            self.begun = self.begun or works(delta)
            text = delta_text(delta)
            if not text:
                self._unread = self._unread or unread_field(delta)
        elif isinstance(delta, str):
            text = delta
        if not text and isinstance(message, dict):
            so_far = "".join((*self._pieces, *before))
            whole = delta_text(message)
            if chunk.get("object") in WHOLE or delta is not None:
                # All of it once more, or what the deltas left out.
                text = whole[len(so_far) :] if whole.startswith(so_far) else ""
            else:
                text = whole
        if not text and isinstance(choice.get("text"), str):
            text = choice["text"]
        if not text:
            self._unread = self._unread or unread_field(choice)
        return text

    def _count(self, chunk: dict[str, Any]) -> None:
        usage = chunk.get("usage")
        if not usage and isinstance(chunk.get("x_groq"), dict):
            usage = chunk["x_groq"].get("usage")
        if not isinstance(usage, dict) or not usage:
            return
        prompt, total = _tokens(usage.get("prompt_tokens")), _tokens(usage.get("total_tokens"))
        completion = _tokens(usage.get("completion_tokens"))
        if total is None and completion is not None:
            total = (prompt or 0) + completion
        self.prompt_tokens = self.prompt_tokens if prompt is None else prompt
        self.total_tokens = self.total_tokens if total is None else total
        self.counted = self.finish_reason is not None and not (
            self._beside and chunk.get("choices")
        )


def _parsed(data: bytes) -> Any:
    """orjson is strict; what the standard library reads, the official client reads as well."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            return json.loads(data.decode())
        except (ValueError, RecursionError):
            return UNREADABLE


def is_error(chunk: dict[str, Any]) -> bool:
    """Whether a chunk is an error, in the spellings that there are."""
    base = chunk.get("base_resp")
    return bool(
        chunk.get("error")
        or chunk.get("object") == "error"
        or chunk.get("type") == "error"
        or (isinstance(base, dict) and base.get("status_code"))
    )


def _error_in(choice: dict[str, Any]) -> object:
    """What a choice, or its delta, says of a failure."""
    delta = choice.get("delta")
    return choice.get("error") or (isinstance(delta, dict) and delta.get("error"))


def _stray_cause(stray: bytes) -> Cause:
    """What may have gone wrong, of lines that are of no event: a server's last words."""
    error = _parsed(stray.strip()) if stray else None
    if isinstance(error, dict | list) and (cause := cause_of(error)).message:
        return cause
    text = cause_of(_text(stray)).message
    return Cause(message=text and f"outside of all events: {text}", private=True)


def _described(data: bytes) -> str:
    """What is wrong with it and how it begins: no more, for it may hold what the model said."""
    try:
        json.loads(data.decode())
        problem = "not an object"
    except (ValueError, RecursionError) as error:
        problem = type(error).__name__ if isinstance(error, RecursionError) else str(error)
    return f"{len(data)} bytes that are no chunk, {problem}; they begin with {_text(data[:40])}"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _tokens(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= TOKENS_MAX else None
