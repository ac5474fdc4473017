"""Advice: what each violation means to the one who wrote the server, and where to look.

Pure. One row for each kind of the closed set.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.contract.violation import ViolationKind


@dataclass(frozen=True, slots=True)
class Advice:
    """`means` says what a client sees of it, `mend` what to do."""

    means: str
    mend: str
    on_resume: str | None = None
    """What to do instead where the connection had just been cut."""


ADVICE: Mapping[ViolationKind, Advice] = {
    "out_of_order": Advice(
        "An event came where the contract has no place for it.",
        "Send each event only from the state that allows it; check who else writes to the stream.",
    ),
    "event_after_end": Advice(
        "Something followed the terminal event. Clients have stopped listening by then.",
        "Send the terminal event last, after every task that writes to the stream has finished.",
    ),
    "missing_end": Advice(
        "The stream ended, and nobody said so: a client can't tell this from a lost connection.",
        "Send a terminal event on every way out of the handler: in `finally`, for errors too.",
    ),
    "second_end": Advice(
        "The answer ended twice. Clients that count answers count one too many.",
        "Let one place alone send the end, and remember that it did.",
    ),
    "seq_gap": Advice(
        "Numbered events are missing: something was lost between numbering and sending.",
        "Don't drop events for slow clients; keep them until they are sent.",
        "Resume at the event after the client's last one, not where the stream is by now; what was"
        " sent meanwhile has to be kept.",
    ),
    "seq_duplicate": Advice(
        "An event was sent twice. Clients that append show its text twice.",
        "Send each event once; look for a retry around the write.",
        "Send only events after the number in `Last-Event-ID` (or `lastSeq`), not from the start.",
    ),
    "seq_reordered": Advice(
        "Events overtook each other. Clients append as they come, so the text is scrambled.",
        "Send from one task, in order; don't start a task for each event.",
    ),
    "text_lost": Advice(
        "Part of the answer never came.",
        "Look at the edges: the first and the last chunk of the upstream (the one with"
        " `finish_reason` may carry text), and what is still in a buffer when the stream ends.",
        "What the model said while the client was away is missing: keep it and send it on resume.",
    ),
    "text_repeated": Advice(
        "Part of the answer came twice.",
        "Look for chunks sent both when they arrive and again from a buffer.",
        "The server began again from an earlier place: it must go on after the client's last event"
        " (`Last-Event-ID`), and not send anew what was sent before.",
    ),
    "text_reordered": Advice(
        "Pieces of the answer changed places.",
        "Send from one task, in order; don't start a task for each chunk.",
    ),
    "text_altered": Advice(
        "The text is not what the model said.",
        "Look at the encoding (decode UTF-8 incrementally, not chunk by chunk), at escaping, and at"
        " trimming of spaces or line breaks.",
    ),
    "accumulated_mismatch": Advice(
        "The whole text that an event carries is not what its pieces make.",
        "Build both from the same chunks, in the same place.",
    ),
    "id_changed": Advice(
        "An id changed within one answer, so clients take the rest for another one's.",
        "Make ids once, when the run starts. Where the other id is another user's answer: send each"
        " event to its own viewers alone.",
    ),
    "malformed_frame": Advice(
        "A frame can't be read.",
        "Serialise with a JSON library, never by hand; end each SSE frame with an empty line.",
    ),
    "wrong_content_type": Advice(
        "The answer does not say that it is a stream: EventSource refuses it, proxies buffer it.",
        "Send `Content-Type: text/event-stream` (and `Cache-Control: no-cache`).",
    ),
    "first_token_late": Advice(
        "The first text came later than allowed.",
        "Compare `added latency`: if that is small, the model is late and not this server.",
    ),
    "stalled": Advice(
        "The text stood still for longer than allowed.",
        "Compare `added latency`: if that is small, the model stalled and not this server.",
    ),
    "buffered": Advice(
        "Chunks were held back and came in one lump: the reader sees no streaming.",
        "Write and flush each chunk as it comes: don't collect, don't compress; in a proxy turn"
        " buffering off (`X-Accel-Buffering: no`, `proxy_buffering off`).",
    ),
    "refused": Advice(
        "There was no answer, but a refusal.",
        "See its code: a missing token (--token), a wrong path or dialect, a limit that was hit.",
        "The run must stay, and stay reachable, for a while after the connection is lost.",
    ),
    "failed": Advice(
        "The answer came to an end, as a failure.",
        "See its code, and the server's log at that time.",
    ),
}

STOP_UNHEARD = Advice(
    "The answer was to be stopped, and went on to its own end: who stopped it pays for all of it.",
    "On a stop, end the run: close the stream from the model, then send the event of a stopped"
    " answer.",
)
