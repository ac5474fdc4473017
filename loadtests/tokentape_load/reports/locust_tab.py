"""Locust's web interface with a tab of ours: TTFT and gaps as we measure them, violations, live.

Locust shows our tab's title; what is in it a script of ours draws below, from pieces of markup that
a blueprint serves. All is computed while somebody looks, and in slices: the same process makes the
load, and must not be held up.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gevent
from flask import Blueprint, Response, jsonify, request
from gevent.pywsgi import WSGIServer
from markupsafe import Markup

import tokentape.ui
from tokentape.charts.chart import draw, style
from tokentape.charts.load_charts import LIVE_SHEETS, LOAD
from tokentape.charts.numbers import ABSENT, plain
from tokentape.charts.over_time import over_time
from tokentape_load.metrics.collector import Collector
from tokentape_load.metrics.counters import Counters
from tokentape_load.metrics.run_results import Row, shown_ms
from tokentape_load.metrics.time_series import Series

KEY = "tokentape"
SHEETS = (*LIVE_SHEETS, LOAD)
SHOWN = 300
"""Intervals that are drawn: the newest ones."""
FIGURES = (("TTFT", 50.0), ("TTFT", 99.0), ("ICL", 50.0), ("ICL", 99.0), ("added", 99.0))
HERE = Path(__file__).parent
LIVE = Path(tokentape.ui.__path__[0]) / "front" / "live.js"


def add_tab(web_ui: Any, collector: Callable[[], Collector]) -> None:
    """Add the tab to Locust's `environment.web_ui`. `collector` gives the run's collector anew
    each time, as a run replaces it."""
    tab = Blueprint(KEY, __name__, url_prefix=f"/{KEY}")

    def now() -> Response:
        """The pieces as they are now."""
        return jsonify({"pieces": pieces(collector())})

    tab.add_url_rule("/pieces", "pieces", web_ui.auth_required_if_enabled(now))

    @tab.route("/tab.js")
    def script() -> Response:
        """What puts them in their places."""
        own = (HERE / "locust_tab.js").read_text(encoding="utf-8")
        written = own.replace("/* live.js */", LIVE.read_text(encoding="utf-8"))
        return Response(written, mimetype="text/javascript")

    def put_script(response: Response) -> Response:
        if request.path == "/" and response.mimetype == "text/html":
            page = response.get_data(as_text=True)
            response.set_data(page.replace("</body>", f"{_section()}</body>"))
        return response

    web_ui.app.register_blueprint(tab)
    web_ui.app.after_request(put_script)
    web_ui.template_args["extended_tabs"] = [
        *web_ui.template_args.get("extended_tabs", []),
        {"title": "Tokentape", "key": KEY},
    ]


def announce(web_ui: Any) -> None:
    """Let Locust's page say where it is as soon as it can be opened: each server of ours prints
    such a line. Locust's own start returns before it listens, and offers no event for that."""

    def start() -> None:
        web_ui.server = WSGIServer((web_ui.host, web_ui.port), web_ui.app, log=None)
        web_ui.server.start()
        sys.stdout.write(f"load ready at http://{web_ui.host}:{web_ui.port}/\n")
        sys.stdout.flush()
        web_ui.greenlet = gevent.spawn(web_ui.server.serve_forever)

    web_ui.start = start


def pieces(collector: Collector) -> Mapping[str, str]:
    """The markup of each place."""
    moments = list(_moments(collector.series))
    counters = [collector.counters[place] for place in sorted(collector.counters)]
    return {
        **{f"chart-{n}": draw(over_time(sheet, moments)) for n, sheet in enumerate(SHEETS)},
        "contracts": Markup("").join(_rows(counters)) or _none(9),
        "violations": Markup("").join(_violations(counters)) or _none(5),
    }


def _moments(series: Series) -> Iterator[Mapping[str, float | None]]:
    interval_s, last = series.interval_s, max(series.cells, default=-1)
    for index in range(max(0, last + 1 - SHOWN), last + 1):
        at_s, cell = float(index * interval_s), series.cells.get(index)
        yield {"at_s": at_s} if cell is None else asdict(cell.moment(at_s))
        gevent.sleep(0)


def _rows(rows: list[Counters]) -> Iterator[Markup]:
    for counters in rows:
        figures = [plain(shown_ms(counters.figures[name], percent)) for name, percent in FIGURES]
        cells = (plain(counters.users), plain(counters.answered), plain(counters.wrong), *figures)
        yield Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            Row(contract=counters.contract, journey=counters.journey).key,
            Markup("").join(Markup('<td class="n">{}</td>').format(cell) for cell in cells),
        )
        gevent.sleep(0)


def _violations(rows: list[Counters]) -> Iterator[Markup]:
    for counters in rows:
        for kind, count in counters.failures.most_common():
            first = next(iter(counters.examples.get(kind, ())), None)
            yield Markup(
                '<tr><th scope="row"><code>{}</code></th><td class="n">{}</td><td>{}</td>'
                "<td>{}</td><td>{}</td></tr>"
            ).format(
                kind,
                plain(count),
                Row(contract=counters.contract, journey=counters.journey).key,
                first.place if first else ABSENT,
                f"{first.message} {first.tag}" if first else ABSENT,
            )


def _none(columns: int) -> Markup:
    return Markup('<tr><td class="tt-none" colspan="{}">None so far</td></tr>').format(columns)


def _section() -> str:
    own = (HERE / "locust_tab.html").read_text(encoding="utf-8")
    places = "".join(
        f'<div class="tt-panel" data-piece="chart-{n}"></div>' for n in range(len(SHEETS))
    )
    return own.replace("/* chart.css */", style()).replace("<!-- charts -->", places)
