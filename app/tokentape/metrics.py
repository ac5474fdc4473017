"""What the app counts, in a registry of its own: two apps in one process count apart."""

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

FIRST_TOKEN_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 30)
GAP_BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class Metrics:
    """Everything that is counted; `stats` and `snapshot` read it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.connections = Gauge(
            "tokentape_connections",
            "Open sockets",
            ["namespace"],
            registry=self.registry,
        )
        self.rooms = Gauge(
            "tokentape_rooms", "Rooms, empty ones too", ["namespace"], registry=self.registry
        )
        self.members = Gauge(
            "tokentape_room_members",
            "People, once for each room that they are in",
            ["namespace"],
            registry=self.registry,
        )
        self.livekit_failures = Counter(
            "tokentape_livekit_failures",
            "Runs that LiveKit was not told to their end, by reason",
            ["reason"],
            registry=self.registry,
        )
        self.running = Gauge(
            "tokentape_running_runs", "Runs under way", ["dialect"], registry=self.registry
        )
        self.starts = Counter(
            "tokentape_starts", "Runs started", ["dialect"], registry=self.registry
        )
        self.endings = Counter(
            "tokentape_endings",
            "Runs ended, by kind and code",
            ["dialect", "kind", "code"],
            registry=self.registry,
        )
        self.first_token_s = Histogram(
            "tokentape_first_token_seconds",
            "Start of the run to its first text",
            ["dialect"],
            buckets=FIRST_TOKEN_BUCKETS_S,
            registry=self.registry,
        )
        self.gap_s = Histogram(
            "tokentape_gap_seconds",
            "Time between two socket reads that held text",
            ["dialect"],
            buckets=GAP_BUCKETS_S,
            registry=self.registry,
        )
        self.tokens = Counter(
            "tokentape_tokens",
            "Tokens as the upstream counts them",
            ["dialect"],
            registry=self.registry,
        )
        self.rate_limited = Counter(
            "tokentape_rate_limited",
            "Starts and documents refused by a limit",
            registry=self.registry,
        )
        self.resumes = Counter(
            "tokentape_resumes", "Viewers that came back", ["dialect"], registry=self.registry
        )
        self.viewers = Gauge(
            "tokentape_viewers", "Open cursors", ["transport"], registry=self.registry
        )
        self.slow_viewers = Counter(
            "tokentape_slow_viewers_dropped",
            "Viewers dropped because their socket took nothing",
            ["transport"],
            registry=self.registry,
        )

    def stats(self) -> dict[str, Any]:
        """What the metrics say now, by namespace, dialect or transport; times in milliseconds."""
        endings: dict[str, dict[str, float]] = {}
        for labels, count in _counted(self.endings):
            kinds = endings.setdefault(labels["dialect"], {})
            kinds[labels["kind"]] = kinds.get(labels["kind"], 0) + count
        return {
            "connections": _by_label(self.connections),
            "rooms": _by_label(self.rooms),
            "members": _by_label(self.members),
            "running": _by_label(self.running),
            "starts": _by_label(self.starts),
            "endings": endings,
            "firstToken": _means(self.first_token_s),
            "gaps": _means(self.gap_s),
            "tokens": _by_label(self.tokens),
            "rateLimited": sum(count for _, count in _counted(self.rate_limited)),
            "resumes": _by_label(self.resumes),
            "viewers": _by_label(self.viewers),
            "slowViewersDropped": _by_label(self.slow_viewers),
        }

    def snapshot(self) -> dict[str, float]:
        """Every sample's value by `name{label=value,…}`, without histogram buckets."""
        found = {}
        for family in self.registry.collect():
            for sample in family.samples:
                if sample.name.endswith(("_bucket", "_created")):
                    continue
                labels = ",".join(f"{key}={value}" for key, value in sample.labels.items())
                found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
        return found


def _counted(metric: Gauge | Counter) -> list[tuple[dict[str, str], float]]:
    """A metric's values with their labels."""
    return [
        (sample.labels, sample.value)
        for family in metric.collect()
        for sample in family.samples
        if not sample.name.endswith("_created")
    ]


def _by_label(metric: Gauge | Counter) -> dict[str, float]:
    """The values of a metric that has one label."""
    return {next(iter(labels.values())): value for labels, value in _counted(metric)}


def _means(metric: Histogram) -> dict[str, dict[str, float | None]]:
    """Count and mean in milliseconds by the one label; without counts there is no mean."""
    found: dict[str, dict[str, float]] = {}
    for family in metric.collect():
        for sample in family.samples:
            part = sample.name.rpartition("_")[2]
            if part in ("count", "sum"):
                found.setdefault(next(iter(sample.labels.values())), {})[part] = sample.value
    return {
        label: {
            "count": one["count"],
            "meanMs": round(one["sum"] / one["count"] * 1_000, 3) if one["count"] else None,
        }
        for label, one in found.items()
    }
