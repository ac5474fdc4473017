"""Secrets: what a check was given to show to a server alone, and how reports are kept free of it.

Pure. Judging comes first, with everything as it came; what leaves the check is made clean after.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar
from urllib.parse import quote, quote_plus

from tokentape.check.config import CheckConfig
from tokentape.check.observation import Observation
from tokentape.check.result import AnswerResult
from tokentape.check.split_secrets import Path, pieces_with, without
from tokentape.client.answer_head import Glimpse
from tokentape.contract.contract import Call, Contract, Json, RequestTemplate, pick
from tokentape.contract.integrity import Difference
from tokentape.contract.timeline import Malformed, Seen
from tokentape.contract.violations import Violation

HIDDEN = "***"
DEEPEST = 100
"""Levels of a value that are kept."""
_KEY = re.compile(r"\bsk-(?!none\b)[\w*-]{6,}|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*")
"""A key as OpenAI's are, and a JSON web token."""

SHORTEST = 6
"""Characters: what is shorter stands in many a text, which would be spoilt."""

Remark = TypeVar("Remark", Difference, Violation)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Texts that go into no report, recording or log, also where a server says them."""

    texts: tuple[str, ...] = field(repr=False)

    @classmethod
    def shown_for(cls, config: CheckConfig) -> "Secrets":
        """All that this check shows to servers alone."""
        return cls.of(*config.secrets, config.token, config.mock_token)

    @classmethod
    def of(cls, *given: str | None) -> "Secrets":
        """Each as it was given, and as an address would have it."""
        texts: set[str] = set()
        for text in given:
            if text is not None and len(text) >= SHORTEST:
                texts |= {text, quote(text, safe=""), quote_plus(text)}
        return cls(tuple(sorted(texts, key=len, reverse=True)))

    def out_of_words(self, text: str) -> str:
        """A message without them, and without what looks like a key: servers repeat those that they
        refuse, and those of others."""
        return _KEY.sub(HIDDEN, self.out_of(text))

    def out_of(self, text: str) -> str:
        """The text without them."""
        for secret in self.texts:
            if secret in text:
                text = text.replace(secret, HIDDEN)
        return text

    def out_of_json(self, value: Json, deep: int = 0) -> Json:
        """The value without them, in keys too; what is nested deeper than `DEEPEST` is cut off."""
        if deep > DEEPEST:
            return HIDDEN
        if isinstance(value, str):
            return self.out_of(value)
        if isinstance(value, Mapping):
            return {
                self.out_of_json(key): self.out_of_json(one, deep + 1) for key, one in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.out_of_json(one, deep + 1) for one in value]
        return value

    def out_of_observation(self, observation: Observation) -> Observation:
        """What was seen, as it may be shown."""
        return replace(
            observation,
            contract=self._contract(observation.contract),
            timeline=tuple(self._timeline(observation.contract, observation.timeline)),
            noticed=tuple(map(self._remark, observation.noticed)),
            glimpse=observation.glimpse and self._glimpse(observation.glimpse),
            request=self.out_of_json(observation.request),
        )

    def out_of_result(self, result: AnswerResult) -> AnswerResult:
        """A result, as it may be shown. The whole timeline is shown of wrong answers alone."""
        verdict = result.verdict
        clean = replace(
            verdict,
            text=self.out_of(verdict.text),
            code=verdict.code and self.out_of(verdict.code),
            violations=tuple(map(self._remark, verdict.violations)),
        )
        observation = self.out_of_observation(result.observation)
        due = result.due if result.due is None else self.out_of(result.due)
        return replace(result, observation=observation, verdict=clean, due=due)

    def _remark(self, one: Remark) -> Remark:
        return replace(one, message=self.out_of_words(one.message))

    def _timeline(self, contract: Contract, timeline: Sequence[Seen]) -> Iterator[Seen]:
        if not self.texts:
            yield from timeline
            return
        payloads = [_content(event.payload) for event in timeline]
        split = pieces_with(self.texts, payloads)
        for place, event in enumerate(timeline):
            yield self._event(contract, event, split.get(place, set()))

    def _event(self, contract: Contract, event: Seen, split: set[Path]) -> Seen:
        payload: Json = event.payload
        if isinstance(payload, Malformed):
            raw = HIDDEN if split else self.out_of(payload.raw)
            payload = Malformed(raw, self.out_of(payload.problem), payload.about)
        else:
            payload = self.out_of_json(without(payload, split, HIDDEN) if split else payload)
        clean = replace(
            event,
            event=self.out_of(event.event),
            payload=payload,
            text=event.text and _text_in(contract, event, payload),
            run=event.run and self.out_of(event.run),
            code=event.code and self.out_of(event.code),
        )
        return event if clean == event else clean

    def _contract(self, contract: Contract) -> Contract:
        """Somebody may have written a key into the file of a contract."""
        if not self.texts:
            return contract
        return replace(
            contract,
            start=self._call(contract.start),
            before=tuple(map(self._request, contract.before)),
            resume=contract.resume and self._call(contract.resume),
            stop=contract.stop and self._call(contract.stop),
            auth=self.out_of_json(contract.auth),
        )

    def _call(self, call: Call) -> Call:
        if isinstance(call, RequestTemplate):
            return self._request(call)
        return replace(call, payload=self.out_of_json(call.payload))

    def _request(self, request: RequestTemplate) -> RequestTemplate:
        headers, query = (self.out_of_json(one) for one in (request.headers, request.query))
        return replace(request, headers=headers, query=query, body=self.out_of_json(request.body))

    def _glimpse(self, glimpse: Glimpse) -> Glimpse:
        body = self.out_of_words(glimpse.body.decode("utf-8", "surrogateescape"))
        headers = tuple((name, self.out_of_words(value)) for name, value in glimpse.headers)
        return replace(glimpse, headers=headers, body=body.encode("utf-8", "surrogateescape"))


def _content(payload: Json) -> Json:
    return payload.raw if isinstance(payload, Malformed) else payload


def _text_in(contract: Contract, event: Seen, payload: Json) -> str | None:
    text = pick(payload, contract.text_paths.get(event.kind or "", ""))
    return text if isinstance(text, str) else None
