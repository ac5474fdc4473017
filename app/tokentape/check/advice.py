"""Advice: what each violation means to the one who wrote the server, and where to look.

Pure. One row for each kind of the closed set.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tokentape.contract.violation import Cause, ViolationKind


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

ON_CAUSES: Mapping[Cause, Advice] = {
    "another protocol": Advice(
        "The server speaks, and another protocol than was asked for: no event of it is known.",
        "Name the dialect that it speaks (--dialect), give the address of the endpoint that speaks"
        " this one, or describe the protocol in a file (--contract).",
    ),
    "compressed": Advice(
        "The body is compressed, though the request said `Accept-Encoding: identity`: clients that"
        " can't decompress see rubbish, and a compressor keeps chunks back until it has enough.",
        "Leave event streams out of compression: exclude `text/event-stream` from the middleware"
        " (GZipMiddleware, `compression`), and set `gzip off` for this place in a proxy.",
    ),
    "empty": Advice(
        "The answer has a head and no event: clients wait for one that never comes.",
        "Look at the server's log at that time: did the handler return before its first chunk, or"
        " fail after the head was sent? Send errors as an event, or with a status from 400 on.",
    ),
    "end mark": Advice(
        "The end is not written as clients wait for it: some never see it, some fail to read it.",
        "Send `data: [DONE]` and an empty line: no quotes, no blanks, no other letters.",
    ),
    "error field": Advice(
        "The error stands in a line that is no field of an event: every reader of event streams"
        " skips it, and clients take the answer for a whole one.",
        'Send errors as data: `data: {"error": {"message": …, "code": …}}` and an empty line.',
    ),
    "html page": Advice(
        "A page for people came, not the API: of another server on that port, of a proxy, or of a"
        " login.",
        "Look at the address (an API's often ends in /v1), at the port, and at the proxy before the"
        " server; what came is below.",
    ),
    "json error": Advice(
        "The server failed before the stream began, and said so with the status of a success:"
        " clients and monitors see 200, and then nothing.",
        "Mend what the message names; and send such errors with a status from 400 on.",
    ),
    "limited": Advice(
        "The server takes no more requests for now.",
        "Wait for as long as `Retry-After` says, ask less at once (--users, --turns), or raise the"
        " limit.",
    ),
    "lines of JSON": Advice(
        "The answer is a stream of another kind: one JSON object a line, as Ollama's own API has.",
        "Ask the address that speaks OpenAI's protocol (Ollama: …/v1), or frame each object as"
        " `data: …` and an empty line.",
    ),
    "lost": Advice(
        "The connection broke before the answer was over: the client has a part, and no word.",
        "See the logs of the server and of each proxy at that time: a worker that was killed, a"
        " timeout (`proxy_read_timeout`), a body whose framing was written by hand.",
    ),
    "never": Advice(
        "The frame is not what the API defines: clients read it each in their own way.",
        "Send what the API's reference says in its place.",
    ),
    "no access": Advice(
        "The server does not know who asks, or does not let them in.",
        "Give a key or token: --token, or --header 'Name: value' where it has a name of its own"
        " (Azure: `api-key`); if one was given, it is wrong, over, or for another server.",
    ),
    "no text": Advice(
        "Text came in a form that clients with types can't read; many lose it in silence.",
        "Send `content` as a string; parts of other kinds belong into fields of their own.",
    ),
    "not UTF-8": Advice(
        "Event streams are UTF-8, and these bytes are not: the reader sees � where text was.",
        "Encode as UTF-8; where bytes are passed on, don't cut within a character, or decode them"
        " incrementally.",
    ),
    "not streamed": Advice(
        "The whole answer came at once: the reader waits for all of it.",
        "See whether the server, or a proxy before it, passes `stream: true` on to the model, and"
        " writes chunks as they come.",
    ),
    "not understood": Advice(
        "The server did not take the request as it is.",
        "See its message: often the model's name (--model), a parameter that is missing"
        " (--query api-version=… for Azure), or another dialect.",
    ),
    "redirect": Advice(
        "The server sent on to another address, and many clients don't follow with a POST.",
        "Give the address that it names: often the scheme is another (https), or a slash at the end"
        " is missing or too many. A server that is asked by programs had better answer at once.",
    ),
    "server failed": Advice(
        "The server, or a proxy before it, failed before the stream began.",
        "See the server's log at that time; a 502 or 504 is a proxy's, which did not get through.",
    ),
    "silent": Advice(
        "Nothing came for the longest silence that is allowed (--silence-s), on a connection that"
        " stayed open: the client can't know whether anything will.",
        "Look at what the handler waits for: the model, a lock, a queue. Send a comment (`: ping`)"
        " while the model thinks, and an end or an error when it gives up.",
    ),
    "unfinished": Advice(
        "The stream broke off within an event: its last frame was never complete, so readers drop"
        " it.",
        "End each frame with an empty line, the last one too, and close only after all is written.",
    ),
    "wrong place": Advice(
        "The server has nothing at this address.",
        "For openai give the base URL, to which /chat/completions is added: often it ends in /v1;"
        " for Azure it is …/openai/deployments/NAME with --query api-version=…. Check the model's"
        " name too: some servers say 404 of one that they don't know.",
    ),
}
"""Where the cause is known more exactly than the kind of the violation says."""
