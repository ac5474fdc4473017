"""Who signs in: known by their tokens, from one start of the server to the next."""

from pathlib import Path

from app.access.tokens import Tokens, sign
from app.access.users import Users
from app.settings import Settings
from tests.app.dialects.party import ALICE, HELLO
from tests.app.rooms.guest import guest
from tests.app.serving import SECRET, serving, settings_for
from tests.app.upstream import playing, said


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


async def test_name_of_a_user_stays_theirs_when_they_have_left_and_the_server_starts_anew(
    tmp_path: Path,
) -> None:
    async with playing(said("Hi")) as upstream:
        settings = settings_for(tmp_path, upstream.url)
        async with serving(settings) as app:
            async with guest(app.url, "/ws", auth={"token": ALICE}) as alice:
                await alice.call("chat:ask", messages=HELLO)
                await alice.heard("message:new")
            await refused_as_alice(app.url)
        async with serving(settings) as app:
            await refused_as_alice(app.url)


async def refused_as_alice(url: str) -> None:
    """Whoever only says so, in a room where nobody else is."""
    for namespace, auth, event, place in (
        ("/ws", {"userId": "alice"}, "room:join", {"roomId": "empty"}),
        ("/", {}, "join-room", {"roomName": "empty", "participantName": "alice"}),
    ):
        async with guest(url, namespace, auth=auth) as fake:
            refused = await fake.call(event, **place)
            assert (refused["code"], "`alice`" in refused["message"]) == ("UNAUTHORIZED", True)
