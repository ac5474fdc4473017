"""Ids that clients make up for their chats: labels within the caller."""

from uuid import UUID

import pytest

from tokentape.access.limits import Caller
from tokentape.access.tokens import Identity
from tokentape.dialects.chat_labels import conversation_of


def user(sub: str) -> Caller:
    return Caller(Identity(sub), "127.0.0.1")


NOBODY = Caller(None, "127.0.0.1")


def test_label_is_the_same_conversation_for_the_same_caller() -> None:
    found = conversation_of("d", user("ann"), None, "main")
    assert found is not None
    assert str(UUID(found)) == found
    assert conversation_of("d", user("ann"), "any", "main") == found
    assert conversation_of("d", NOBODY, "s", "main") == conversation_of("d", NOBODY, "s", "main")
    assert conversation_of("d", NOBODY, "s", "main") != conversation_of("d", NOBODY, "t", "main")


@pytest.mark.parametrize(
    ("dialect", "caller", "visitor", "label"),
    [
        ("e", user("ann"), None, "main"),
        ("d", user("bob"), None, "main"),
        ("d", user("ann"), None, "other"),
        ("d", NOBODY, "ann", "main"),
        # Neither can the user's name and the label be cut in another place.
        ("d", user("ann:m"), None, "ain"),
        ("d", user("an"), None, "n:main"),
    ],
)
def test_others_have_other_conversations(
    dialect: str, caller: Caller, visitor: str | None, label: str
) -> None:
    found = conversation_of(dialect, caller, visitor, label)
    assert found not in (None, conversation_of("d", user("ann"), None, "main"))


def test_who_is_nobody_has_none() -> None:
    assert conversation_of("d", NOBODY, None, "main") is None
