"""Who signs in on the threads tab, and as whom."""

from typing import Any, cast

import gradio as gr
import pytest

from tests.unit.app.secret import SECRET
from tokentape.access.tokens import Tokens
from tokentape.settings import Settings
from tokentape.ui.server_functions import UnfitInput
from tokentape.ui.threads.tab import Signer

NOBODY = cast(gr.Request, None)


async def signed(settings: Settings, **given: Any) -> Any:
    return await Signer(settings).token(given, NOBODY)


async def test_token_says_what_the_form_says_and_nothing_that_is_empty() -> None:
    settings = Settings(jwt_secret=SECRET)
    told = await signed(settings, user=" ann ", name="Ann", org="acme", clearance="", locale=" ")
    identity = Tokens(settings).read(told["token"])
    assert (identity.sub, identity.name, identity.org) == ("ann", "Ann", "acme")
    assert (identity.clearance, identity.locale, identity.style) == (None, None, None)


@pytest.mark.parametrize(
    "given", [{}, {"user": " "}, {"user": 7}, {"user": "a", "org": "x" * 2_001}]
)
async def test_form_that_names_nobody_or_too_much_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(UnfitInput):
        await signed(Settings(jwt_secret=SECRET), **given)


async def test_server_without_a_secret_signs_nothing() -> None:
    told = await signed(Settings(jwt_secret=None), user="ann")
    assert "JWT_SECRET" in told["problem"]
