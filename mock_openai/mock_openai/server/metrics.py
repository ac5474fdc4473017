"""The mock's own numbers, in Prometheus' text format."""

from mock_openai.state import Mock


def metrics_text(mock: Mock) -> str:
    """In Prometheus' text format."""
    lags = mock.player.lags.quantiles_ns() or {}
    rows = [
        ("mock_openai_requests_total", "counter", "", mock.journal.total),
        ("mock_openai_refused_total", "counter", "", mock.refused),
        ("mock_openai_streams_open", "gauge", "", mock.player.streams),
        ("mock_openai_writes_total", "counter", "", mock.player.lags.count),
        ("mock_openai_journal_entries", "gauge", "", len(mock.journal)),
        ("mock_openai_journal_bytes", "gauge", "", mock.journal.size),
        *(
            ("mock_openai_write_lag_seconds", "gauge", f'{{quantile="{name}"}}', ns / 1e9)
            for name, ns in lags.items()
        ),
    ]
    lines: list[str] = []
    for name, kind, labels, value in rows:
        if f"# TYPE {name} {kind}" not in lines:
            lines.append(f"# TYPE {name} {kind}")
        lines.append(f"{name}{labels} {value}")
    return "\n".join(lines) + "\n"
