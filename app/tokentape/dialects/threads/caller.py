"""What every route of `threads` begins with: who is calling, and what is theirs."""

from dataclasses import dataclass

from fastapi import Request

from tokentape.access.limits import Caller
from tokentape.access.requests import caller_of, json_of
from tokentape.access.tokens import Identity
from tokentape.core import Core
from tokentape.errors import CallerFault
from tokentape.retrieval.retrieval import Retrieval
from tokentape.store.threads import Thread, Threads


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A caller with a token."""

    caller: Caller
    identity: Identity


@dataclass(frozen=True, slots=True)
class CallerGate:
    """What the routes reach the rest of the app through."""

    core: Core

    @property
    def store(self) -> Threads:
        """Threads and their messages."""
        return Threads(self.core.turns.store, self.core.settings.max_threads)

    @property
    def retrieval(self) -> Retrieval:
        """Documents, and the passages that fit a question."""
        turns = self.core.turns
        return Retrieval(turns.settings, turns.store, turns.upstream)

    def signed(self, request: Request) -> SignedIn:
        """Raises UNAUTHORIZED also for whoever brings no token at all."""
        caller = caller_of(request, self.core.settings, self.core.tokens)
        if caller.identity is None:
            raise CallerFault("UNAUTHORIZED")
        return SignedIn(caller, caller.identity)

    async def body(self, request: Request) -> object:
        """The body as JSON. Raises BAD_REQUEST, over MAX_BODY_BYTES with 413."""
        return await json_of(request, self.core.settings.max_body_bytes)

    async def own(self, signed: SignedIn, thread_id: str) -> Thread:
        """Raises NOT_FOUND, whether it is nobody's or somebody else's."""
        thread = await self.store.find(thread_id, signed.identity.sub)
        if thread is None:
            raise CallerFault("NOT_FOUND", "There is no such thread.")
        return thread
