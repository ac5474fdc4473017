"""Conversations by the ids that clients make up: labels within the caller. Pure.

Clients call their chats `1` or `main`. The same label is another conversation for each user.
Whoever is not signed in has a secret in the user's place: nobody opens what another made.
"""

from uuid import NAMESPACE_URL, uuid5

from tokentape.access.limits import Caller


def conversation_of(dialect: str, caller: Caller, visitor: str | None, label: str) -> str | None:
    """The id under which a labelled conversation is stored, a UUID. None: nobody knows who asks,
    and no conversation can be theirs."""
    if caller.owner is not None:
        who = f"user:{caller.owner}"
    elif visitor is not None:
        who = f"visitor:{visitor}"
    else:
        return None
    # Lengths keep two parts from being read as one.
    return str(uuid5(NAMESPACE_URL, f"{dialect}:{len(who)}:{who}:{label}"))
