"""Who signs in: known by their tokens."""

from tests.unit.app.secret import SECRET
from tokentape.access.tokens import Tokens, sign
from tokentape.access.users import Users
from tokentape.settings import Settings


def test_whoever_a_good_token_names_is_known_and_nobody_else() -> None:
    tokens = Tokens(Settings(jwt_secret=SECRET))
    assert not tokens.users.knows("alice")
    tokens.read(sign(SECRET, "alice", 60, {}))
    assert (tokens.users.knows("alice"), tokens.users.knows("bob")) == (True, False)


def test_who_has_not_been_seen_for_longest_is_forgotten() -> None:
    users = Users(2)
    for sub in ("alice", "bob", "alice", "cid"):
        users.saw(sub)
    assert [users.knows(sub) for sub in ("alice", "bob", "cid")] == [True, False, True]
