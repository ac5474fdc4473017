"""The threads tab: the page itself is a client of `threads`; the server only signs who it plays."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import gradio as gr
import jwt

from tokentape.contract.contract import Json
from tokentape.settings import Settings
from tokentape.ui.page_state import Pages
from tokentape.ui.server_functions import UnfitInput, served, text_in
from tokentape.ui.theme import front

CLAIMS = ("name", "org", "clearance", "locale", "style")
CLAIM_MAX_CHARS = 2_000
TTL_S = 3_600
UNSIGNED = "This server has no JWT_SECRET to sign with: paste a token of your own below."


def threads_tab(_blocks: gr.Blocks, settings: Settings, pages: Pages) -> None:
    """Lay out the tab in the current Gradio context, and wire it."""
    gr.HTML(
        None,
        html_template=front("threads/threads.html"),
        js_on_load=front("nodes.js", "tools.js", "threads/threads.js"),
        apply_default_css=False,
        server_functions=served(settings, pages, [Signer(settings).token]),
        elem_id="threads",
    )


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs development tokens, as `tokentape token` does, for pages that were let in."""

    settings: Settings

    async def token(self, given: Mapping[str, Json], _request: gr.Request) -> Json:
        """A token for the person that is played, for an hour."""
        secret = self.settings.jwt_secret
        if secret is None:
            return {"problem": UNSIGNED}
        sub = text_in(given, "user", 255).strip()
        if not sub:
            raise UnfitInput("user: somebody has to be asking.")
        claims = {claim: text_in(given, claim, CLAIM_MAX_CHARS, "") for claim in CLAIMS}
        told = {claim: value for claim, value in claims.items() if value.strip()}
        signed = {**told, "sub": sub, "exp": int(time.time()) + TTL_S}
        return {"token": jwt.encode(signed, secret.get_secret_value(), algorithm="HS256")}
