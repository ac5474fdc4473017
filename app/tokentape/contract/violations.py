"""The closed set of ways in which a stream can break its contract, with all that is said of each.

Pure. A violation is one row of `VIOLATIONS` (and its name in `ViolationKind`, which the type
checker reads): the judge, the check's advice, the chat page, the load report and the docs read it.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

ViolationKind: TypeAlias = Literal[
    "out_of_order",
    "event_after_end",
    "missing_end",
    "second_end",
    "seq_gap",
    "seq_duplicate",
    "seq_reordered",
    "text_lost",
    "text_repeated",
    "text_reordered",
    "text_altered",
    "accumulated_mismatch",
    "id_changed",
    "malformed_frame",
    "wrong_content_type",
    "first_token_late",
    "stalled",
    "buffered",
    "refused",
    "failed",
    "left_open",
    "field_wrong",
    "not_json",
    "counter_fell",
]

Cause: TypeAlias = Literal[
    "",
    "another protocol",
    "compressed",
    "empty",
    "end mark",
    "error field",
    "html page",
    "json error",
    "limited",
    "lines of JSON",
    "lost",
    "never",
    "never closed",
    "no access",
    "no text",
    "not UTF-8",
    "not streamed",
    "not understood",
    "redirect",
    "server failed",
    "silent",
    "unfinished",
    "wrong place",
]
"""Why a contract was broken, where that is known more exactly than the kind says; empty where it
is not."""

CAUSES: tuple[str, ...] = get_args(Cause)

VIOLATION_KINDS: tuple[str, ...] = get_args(ViolationKind)


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach: what, where in the timeline (index of the event), when (from the start), and why.

    An index equal to the timeline's length means: after the last event.
    """

    kind: ViolationKind
    index: int
    offset_ms: float | None
    message: str
    about: Cause = ""

    def __str__(self) -> str:
        when = "" if self.offset_ms is None else f" at {self.offset_ms:.1f} ms"
        return f"{self.kind} at event {self.index}{when}: {self.message}"


Group: TypeAlias = Literal["order", "content", "timing", "error"]
"""`timing` may be the fault of a slow observer. `error`: the server said that it can't answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViolationInfo:
    """All that is said of one kind of violation."""

    group: Group
    phrase: str
    """What a check found, in few words."""
    means: str
    """What a client sees of it."""
    mend: str
    """What the server's author does about it, and where to look."""
    on_resume: str | None = None
    """What to do instead where the connection had just been cut."""
    explains: Set[ViolationKind] = frozenset()
    """What follows from it, where it shows or at the next event that could show it: not reported
    beside it."""


TEXT_KINDS: frozenset[ViolationKind] = frozenset(
    {"text_lost", "text_repeated", "text_reordered", "text_altered"}
)
"""These show at events with text alone."""
NUMBER_KINDS: frozenset[ViolationKind] = frozenset({"seq_gap", "seq_duplicate", "seq_reordered"})
"""These show at events with a number alone."""

VIOLATIONS: Mapping[ViolationKind, ViolationInfo] = {
    "out_of_order": ViolationInfo(
        group="order",
        phrase="an event came where it may not",
        means="An event came where the contract has no place for it.",
        mend=(
            "Send each event only from the state that allows it; check who else writes to the"
            " stream."
        ),
        explains=TEXT_KINDS | {"left_open"},
    ),
    "event_after_end": ViolationInfo(
        group="order",
        phrase="something came after the end",
        means="Something followed the terminal event. Clients have stopped listening by then.",
        mend=(
            "Send the terminal event last, after every task that writes to the stream has finished."
        ),
        explains=NUMBER_KINDS | TEXT_KINDS | {"accumulated_mismatch"},
    ),
    "missing_end": ViolationInfo(
        group="order",
        phrase="the end never came",
        means=(
            "The stream ended, and nobody said so: a client can't tell this from a lost connection."
        ),
        mend="Send a terminal event on every way out of the handler: in `finally`, for errors too.",
        explains=TEXT_KINDS | {"left_open"},
    ),
    "second_end": ViolationInfo(
        group="order",
        phrase="it ended twice",
        means="The answer ended twice. Clients that count answers count one too many.",
        mend="Let one place alone send the end, and remember that it did.",
        explains=NUMBER_KINDS | TEXT_KINDS | {"accumulated_mismatch"},
    ),
    "seq_gap": ViolationInfo(
        group="order",
        phrase="a number is missing",
        means="Numbered events are missing: something was lost between numbering and sending.",
        mend="Don't drop events for slow clients; keep them until they are sent.",
        on_resume=(
            "Resume at the event after the client's last one, not where the stream is by now; what"
            " was sent meanwhile has to be kept."
        ),
        explains=TEXT_KINDS | {"accumulated_mismatch", "out_of_order"},
    ),
    "seq_duplicate": ViolationInfo(
        group="order",
        phrase="an event came twice",
        means="An event was sent twice. Clients that append show its text twice.",
        mend="Send each event once; look for a retry around the write.",
        on_resume=(
            "Send only events after the number in `Last-Event-ID` (or `lastSeq`), not from the"
            " start."
        ),
        explains=TEXT_KINDS | {"accumulated_mismatch", "out_of_order"},
    ),
    "seq_reordered": ViolationInfo(
        group="order",
        phrase="events changed places",
        means="Events overtook each other. Clients append as they come, so the text is scrambled.",
        mend="Send from one task, in order; don't start a task for each event.",
        explains=TEXT_KINDS | {"accumulated_mismatch", "out_of_order"},
    ),
    "text_lost": ViolationInfo(
        group="content",
        phrase="text is missing",
        means="Part of the answer never came.",
        mend=(
            "Look at the edges: the first and the last chunk of the upstream (the one with"
            " `finish_reason` may carry text), and what is still in a buffer when the stream ends."
        ),
        on_resume=(
            "What the model said while the client was away is missing: keep it and send it on"
            " resume."
        ),
        explains=frozenset({"accumulated_mismatch"}),
    ),
    "text_repeated": ViolationInfo(
        group="content",
        phrase="text came twice",
        means="Part of the answer came twice.",
        mend="Look for chunks sent both when they arrive and again from a buffer.",
        on_resume=(
            "The server began again from an earlier place: it must go on after the client's last"
            " event (`Last-Event-ID`), and not send anew what was sent before."
        ),
        explains=frozenset({"accumulated_mismatch"}),
    ),
    "text_reordered": ViolationInfo(
        group="content",
        phrase="text changed places",
        means="Pieces of the answer changed places.",
        mend="Send from one task, in order; don't start a task for each chunk.",
        explains=frozenset({"accumulated_mismatch"}),
    ),
    "text_altered": ViolationInfo(
        group="content",
        phrase="text was altered",
        means="The text is not what the model said.",
        mend=(
            "Look at the encoding (decode UTF-8 incrementally, not chunk by chunk), at escaping,"
            " and at trimming of spaces or line breaks."
        ),
        explains=frozenset({"accumulated_mismatch"}),
    ),
    "accumulated_mismatch": ViolationInfo(
        group="content",
        phrase="the whole is not the sum of its pieces",
        means="The whole text that an event carries is not what its pieces make.",
        mend="Build both from the same chunks, in the same place.",
    ),
    "id_changed": ViolationInfo(
        group="order",
        phrase="an id changed on the way",
        means="An id changed within one answer, so clients take the rest for another one's.",
        mend=(
            "Make ids once, when the run starts. Where the other id is another user's answer: send"
            " each event to its own viewers alone."
        ),
        explains=TEXT_KINDS | {"accumulated_mismatch"},
    ),
    "malformed_frame": ViolationInfo(
        group="order",
        phrase="a frame can't be read",
        means="A frame can't be read.",
        mend="Serialise with a JSON library, never by hand; end each SSE frame with an empty line.",
        explains=NUMBER_KINDS | TEXT_KINDS | {"out_of_order"},
    ),
    "wrong_content_type": ViolationInfo(
        group="order",
        phrase="the content type is wrong",
        means=(
            "The answer does not say that it is a stream: EventSource refuses it, proxies buffer"
            " it."
        ),
        mend="Send `Content-Type: text/event-stream` (and `Cache-Control: no-cache`).",
        explains=frozenset({"missing_end", "text_lost"}),
    ),
    "first_token_late": ViolationInfo(
        group="timing",
        phrase="the first text came too late",
        means="The first text came later than allowed.",
        mend="Compare `added latency`: if that is small, the model is late and not this server.",
    ),
    "stalled": ViolationInfo(
        group="timing",
        phrase="the text stood still for too long",
        means="The text stood still for longer than allowed.",
        mend="Compare `added latency`: if that is small, the model stalled and not this server.",
    ),
    "buffered": ViolationInfo(
        group="timing",
        phrase="pieces were kept back and came together",
        means="Chunks were held back and came in one lump: the reader sees no streaming.",
        mend=(
            "Write and flush each chunk as it comes: don't collect, don't compress; in a proxy turn"
            " buffering off (`X-Accel-Buffering: no`, `proxy_buffering off`)."
        ),
    ),
    "refused": ViolationInfo(
        group="error",
        phrase="the request was refused",
        means="There was no answer, but a refusal.",
        mend=(
            "See its code: a missing token (--token), a wrong path or dialect, a limit that was"
            " hit."
        ),
        on_resume=(
            "The run must stay, and stay reachable, for a while after the connection is lost."
        ),
        explains=frozenset({"missing_end", "wrong_content_type"}),
    ),
    "failed": ViolationInfo(
        group="error",
        phrase="the answer failed",
        means="The answer came to an end, as a failure.",
        mend="See its code, and the server's log at that time.",
    ),
    "left_open": ViolationInfo(
        group="order",
        phrase="a part was left open",
        means=(
            "A message, a tool call or another part of the answer was begun and not ended. Clients"
            " show it as still being written."
        ),
        mend="End what was begun before the answer ends, on every way out of the handler.",
    ),
    "field_wrong": ViolationInfo(
        group="content",
        phrase="a field is missing or of another type",
        means="An event's field is absent, or holds what the protocol does not allow there.",
        mend="Send the field as the protocol names and types it; leave out what is absent.",
        explains=TEXT_KINDS,
    ),
    "not_json": ViolationInfo(
        group="content",
        phrase="arguments are no JSON",
        means="The pieces of a tool call's arguments make no JSON: no client can call the tool.",
        mend="Send the pieces as the model wrote them, all of them, under their call's id.",
    ),
    "counter_fell": ViolationInfo(
        group="content",
        phrase="a count fell",
        means="A count that only grows fell: who bills by the last one bills too little.",
        mend="Send totals so far, not the count of the last piece.",
    ),
}


def kinds_of(group: Group) -> frozenset[ViolationKind]:
    """The kinds of a group."""
    return frozenset(kind for kind, info in VIOLATIONS.items() if info.group == group)
