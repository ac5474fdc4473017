"""Live: parts of the page that ask for their own pieces of markup while somebody can see them."""

from collections.abc import Mapping, Sequence

import gradio as gr

from tokentape.charts.chart import style
from tokentape.settings import Settings
from tokentape.ui.form import front_fields, with_fields
from tokentape.ui.page_state import Pages
from tokentape.ui.server_functions import Answer, served
from tokentape.ui.theme import front


def live_part(
    name: str,
    settings: Settings,
    pages: Pages,
    answers: Sequence[Answer],
    places: Mapping[str, str],
    config: type | None = None,
) -> gr.HTML:
    """`<name>/<name>.html` with markup in its places, kept live by `<name>/<name>.js`.

    `answers` are what it asks. They are closed to pages that were not let in. Of a `config` it has
    a form.
    """
    markup = front(f"{name}/{name}.html")
    if config is not None:
        markup = with_fields(markup, config)
    for place, put in places.items():
        markup = markup.replace(f"<!-- {place} -->", put)
    return gr.HTML(
        None,
        html_template=markup,
        js_on_load=front("live.js", f"{name}/{name}.js"),
        head=f"<style>{style()}{front('live.css')}</style>",
        apply_default_css=False,
        server_functions=served(settings, pages, answers),
        fields=front_fields(config) if config is not None else [],
        elem_id=name,
    )


def chart_places(charts: int) -> str:
    """Where so many charts go, as the pieces `chart-0` and so on."""
    return "".join(f'<div class="tt-panel" data-piece="chart-{n}"></div>' for n in range(charts))
