"""The sheets of a load run: its figures of each second, by the names in its progress."""

from tokentape.charts.over_time import Sheet, Stroke

TTFT = Sheet(
    "Time to first token",
    "ms",
    (Stroke("p50", "ttft_p50_ms", 0), Stroke("p99", "ttft_p99_ms", 1)),
)
GAPS = Sheet(
    "Gaps between texts",
    "ms",
    (Stroke("p50", "icl_p50_ms", 0), Stroke("p99", "icl_p99_ms", 1)),
)
ANSWERS = Sheet(
    "Answers each second",
    "1/s",
    (
        Stroke("started", "started", 4, "steps"),
        Stroke("finished", "finished", 0, "steps"),
        Stroke("could not be sent", "unsent", 1, "steps"),
    ),
)
WRONG = Sheet(
    "Wrong answers and violations each second",
    "1/s",
    (Stroke("violations", "violations", 1, "steps"), Stroke("wrong", "wrong", 3, "steps")),
)
LOAD = Sheet(
    "Users and answers under way",
    "",
    (Stroke("users", "users", 6, "steps"), Stroke("answers under way", "running", 0, "steps")),
)
CPU = Sheet(
    "CPU",
    "cores",
    (Stroke("server, all processes", "server_cpu", 2), Stroke("load generator", "client_cpu", 7)),
)
MEMORY = Sheet("The server's memory", "MB", (Stroke("resident", "server_rss_mb", 2),))
LAG = Sheet(
    "How late the load generator woke", "ms", (Stroke("latest wake-up", "client_lag_ms", 7),)
)

LIVE_SHEETS = (TTFT, GAPS, ANSWERS, WRONG, CPU)
REPORT_SHEETS = (TTFT, GAPS, ANSWERS, WRONG, CPU, MEMORY, LOAD, LAG)
