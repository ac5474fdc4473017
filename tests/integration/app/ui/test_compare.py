"""Another server that the page is to ask, and that is not there."""

from tests.unit.app.ui.test_compare import code_of, tab


async def test_who_is_admitted_may_ask_what_the_page_may_ask() -> None:
    assert (
        await code_of(tab(ui_open=True, ui_targets="loopback"), "http://127.0.0.1:9")
        == "UNREACHABLE"
    )
