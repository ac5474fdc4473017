"""Lawful streams of the AI SDK's UI messages: parts at once, in steps or without
(https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol)."""

from random import Random
from typing import Any

from tests.unit.app.contract.lawful.chance import (
    Event,
    Ids,
    at_once,
    perhaps,
    pieces,
    record,
    spelled,
    text,
    value,
    word,
)

DONE = "[DONE]"
REASONS = ("stop", "length", "content-filter", "tool-calls", "error", "other")


def ui(kind: str, /, **fields: Any) -> Event:
    return {"type": kind, **fields}


def ai_sdk_ui(chance: Random, major: int = 7) -> list[Event | str]:
    """One stream, as this major version of the package knows it."""
    ids = Ids(chance)
    early = [data(chance) for _ in range(chance.choice((0, 0, 0, 1)))]
    broken = ui("error", errorText=text(chance))
    if chance.random() < 0.05:
        return [*early, broken, DONE]
    start = ui("start", **perhaps(chance, messageId=ids.fresh("m"), messageMetadata=record(chance)))
    body = body_of(chance, ids, major)
    if chance.random() < 0.2:
        abort = ui("abort", **perhaps(chance, reason=text(chance)))
        body = body[: chance.randint(0, len(body))]
        closing = [ui("finish-step")] * chance.choice((0, 1)) + [ui("finish", finishReason="error")]
        after = chance.choice(([abort], [broken], [broken, *closing]))
        return [*early, start, *body, *after, DONE]
    reasons = (*REASONS, "interrupted") if major > 6 else REASONS
    ended = perhaps(
        chance, 0.7, finishReason=chance.choice(reasons), messageMetadata=record(chance)
    )
    return [*early, start, *body, ui("finish", **ended), DONE]


def body_of(chance: Random, ids: Ids, major: int) -> list[Event]:
    """Parts without a step, or steps one after another, each of which may use an id again."""
    count = chance.choice((0, 1, 1, 2, 3))
    if not count:
        return at_once(chance, [*parts(chance, ids, major), *outputs(chance, ids, major)])
    found = []
    for _ in range(count):
        found.append(ui("start-step"))
        if major > 6 and chance.random() < 0.1:
            dropped = at_once(chance, parts(chance, ids, major))
            found += [*dropped[: chance.randint(0, len(dropped))], ui("reset-step")]
        step = at_once(chance, parts(chance, ids, major))
        later = outputs(chance, ids, major)
        found += [*step, *later[0][:1], ui("finish-step"), *later[0][1:]]
    return found


def parts(chance: Random, ids: Ids, major: int) -> list[list[Event]]:
    """What goes on at once."""
    makers = (spoken, spoken, call, plain)
    return [chance.choice(makers)(chance, ids, major) for _ in range(chance.choice((0, 1, 2, 4)))]


def meta(chance: Random) -> Event:
    return perhaps(chance, 0.1, providerMetadata={word(chance): record(chance)})


def spoken(chance: Random, ids: Ids, _major: int) -> list[Event]:
    """A text or some reasoning, under an id that is used again now and then."""
    kind, key = chance.choice(("text", "reasoning")), ids.fresh("part")
    found = []
    for _ in range(chance.choice((1, 1, 2))):
        found += [
            ui(f"{kind}-start", id=key, **meta(chance)),
            *(ui(f"{kind}-delta", id=key, delta=one, **meta(chance))
              for one in pieces(chance, text(chance))),
            ui(f"{kind}-end", id=key, **meta(chance)),
        ]  # fmt: skip
    return found


def call(chance: Random, ids: Ids, _major: int) -> list[Event]:
    """A tool's input: in pieces or at once, readable or not."""
    key = {"toolCallId": ids.fresh("call")}
    name = {"toolName": word(chance), **perhaps(
        chance, 0.2, providerExecuted=True, dynamic=chance.random() < 0.5, title=word(chance)
    ), **meta(chance)}  # fmt: skip
    given: Any = record(chance)
    streamed = []
    if chance.random() < 0.7:
        more = perhaps(chance, 0.2, inputEncoding=chance.choice(("json", "text")))
        raw = more.get("inputEncoding") == "text"
        given = text(chance) if raw else given
        cut = pieces(chance, given if raw else spelled(chance, given))
        streamed = [
            ui("tool-input-start", **key, **name, **more),
            *(ui("tool-input-delta", **key, inputTextDelta=one) for one in cut),
        ]
    if chance.random() < 0.1:
        begun = streamed[: chance.randint(0, len(streamed))]
        raw_input = "".join(one["inputTextDelta"] for one in begun[1:])
        return [
            *begun,
            ui("tool-input-error", **key, **name, input=raw_input, errorText=text(chance)),
        ]
    return [*streamed, ui("tool-input-available", **key, **name, input=given)]


def outputs(chance: Random, ids: Ids, major: int) -> list[list[Event]]:
    """A call that is known at once, and what comes of it: soon, or behind its step."""
    key = {"toolCallId": ids.fresh("call")}
    asked = {"approvalId": ids.fresh("approval")}
    known = ui("tool-input-available", **key, toolName=word(chance), input=value(chance))
    found = [known]
    if chance.random() < 0.2:
        found.append(ui("tool-approval-request", **asked, **key))
        if major > 6 and chance.random() < 0.5:
            why = perhaps(chance, reason=text(chance))
            found.append(
                ui("tool-approval-response", **asked, approved=chance.random() < 0.5, **why)
            )
        if chance.random() < 0.5:
            return [[*found, ui("tool-output-denied", **key)]]
    found += [
        ui("tool-output-available", **key, output=value(chance), preliminary=True)
        for _ in range(chance.choice((0, 0, 2)))
    ]
    more = perhaps(chance, 0.2, providerExecuted=True, dynamic=False)
    ends: tuple[list[Event], ...] = (
        [ui("tool-output-available", **key, output=value(chance), **more)],
        [ui("tool-output-error", **key, errorText=text(chance), **more)],
        [],
    )
    return [[*found, *chance.choice(ends)]]


def data(chance: Random) -> Event:
    more = perhaps(chance, id=word(chance), transient=chance.random() < 0.5)
    return ui(f"data-{word(chance)}", data=value(chance), **more)


def plain(chance: Random, ids: Ids, major: int) -> list[Event]:
    """Parts that come whole."""
    file = {"url": "https://a.example/f", "mediaType": "image/png", **meta(chance)}
    document = {"sourceId": ids.fresh("s"), "mediaType": "text/plain", "title": text(chance)}
    drawn = [
        data(chance),
        ui("message-metadata", messageMetadata=record(chance)),
        ui("source-url", sourceId=ids.fresh("s"), url="https://a.example", **meta(chance),
           **perhaps(chance, title=text(chance))),
        ui("source-document", **document, **meta(chance), **perhaps(chance, filename="f")),
        ui("file", **file),
    ]  # fmt: skip
    if major > 6:
        drawn += [ui("reasoning-file", **file), ui("custom", kind="a.b", **meta(chance))]
    return chance.choices(drawn, k=chance.randint(1, 2))
