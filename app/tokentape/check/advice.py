"""What a violation means to the server's author where its cause is known, and what to do then.

Pure. What is said of a kind without a known cause stands in `tokentape.contract.violations`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tokentape.contract.violations import Cause


@dataclass(frozen=True, slots=True)
class Advice:
    """`means` says what a client sees of it, `mend` what to do."""

    means: str
    mend: str


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
    "never closed": Advice(
        "Clients of this protocol go by the end of the body: they show the answer as one that is"
        " still being written.",
        "Close the stream behind its last event: return from the handler, and end what keeps the"
        " connection open; in a proxy, look at its own timeouts.",
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
