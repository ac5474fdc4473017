"""Our tab in Locust's web interface, in a process of its own as Locust wants it: what it serves."""

import json
import subprocess
import sys

SCRIPT = """
import json
from locust.env import Environment
from tokentape_load.metrics.collector import Collector
from tokentape_load.reports.locust_tab import add_tab

EVIL = "<img src=x onerror=alert(1)>"
environment = Environment()
runner = environment.create_local_runner()
web_ui = environment.create_web_ui("127.0.0.1", 0, delayed_start=True)
collector = Collector()
add_tab(web_ui, lambda: collector)
client = web_ui.app.test_client()
empty = client.get("/tokentape/pieces").get_json()["pieces"]
collector.series.at(2_000_000_000).started = 3
counters = collector.of("ai-chat/sse", "stop")
counters.answered, counters.wrong = 7, 1
counters.failures[EVIL] = 2
counters.figures["ICL"].extend([20_000_000] * 200)
page = client.get("/").get_data(as_text=True)
told = {
    "empty": empty,
    "filled": client.get("/tokentape/pieces").get_json()["pieces"],
    "page": page,
    "script": client.get("/tokentape/tab.js").get_data(as_text=True),
    "other": client.get("/stats/requests").status_code,
}
print(json.dumps(told))
runner.quit()
"""


def test_locust_s_page_has_our_tab_and_serves_what_is_in_it() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, check=False, timeout=60
    )
    assert ran.returncode == 0, ran.stderr.decode()
    told = json.loads(ran.stdout.splitlines()[-1])
    assert '"title": "Tokentape"' in told["page"]
    assert '<section id="tokentape"' in told["page"]
    assert "live.every(2000" in told["script"]
    assert "const live" in told["script"], "what our own page uses as well"
    assert told["other"] == 200
    assert "None so far" in told["empty"]["violations"]
    assert "No values yet" in told["empty"]["chart-0"]
    filled = told["filled"]
    assert "ai-chat/sse stop" in filled["contracts"]
    assert filled["contracts"].count("20") >= 2, "p50 and p99 of the gaps"
    assert "&lt;img" in filled["violations"]
    assert "<img" not in filled["violations"]
    assert "started" in filled["chart-2"]
