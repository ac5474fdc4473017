"""Streams as bytes, as our own viewer reads them and our contracts judge them."""

from tests.unit.app.contract.mutated import Stream, body
from tokentape.client.sse import SSEDecoder
from tokentape.client.sse_viewer import see_event
from tokentape.contract.contract import Contract, Json
from tokentape.contract.verdict import Expectation, Verdict, judge

REQUEST = {"messages": [{"id": "u", "role": "user", "content": "hi"}]}
"""What the clients are asked with: nothing was said before."""


def judged_bytes(contract: Contract, sent: str, request: Json = REQUEST) -> Verdict:
    """The verdict on the body of an answer."""
    events = SSEDecoder().feed(sent.encode("utf-8", "surrogatepass"))
    timeline = [
        see_event(contract, event, at_ns=number, read=number) for number, event in enumerate(events)
    ]
    return judge(contract, timeline, 0, Expectation(request=request))


def shown(stream: Stream) -> str:
    """A stream for whoever has to find out what is wrong with it."""
    return f"\n{body(stream)}"
