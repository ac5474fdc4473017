"""The server's statistics at one moment, and what happened between two of them.

Pure. Reads what `/admin/stats` tells; a counter that went back was begun anew, by a restart or by
another worker, and what lies between is not known rather than negative.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tokentape.contract.contract import Json

_ENDING = re.compile(r"tokentape_endings_total\{(.*)\}")
KINDS = ("completed", "stopped", "failed")
UPSTREAM = "UPSTREAM_"
"""How the codes of endings begin that are the upstream's fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Counts since the server's start and levels now; times in milliseconds, summed."""

    at_s: float
    levels: Mapping[str, float] = field(default_factory=dict)
    """`connections`, `running` and `viewers`."""
    counts: Mapping[str, float] = field(default_factory=dict)
    """`starts`, `tokens`, `limited`, `resumes`, `slow`, the endings `completed`, `stopped` and
    `failed`, and of these by the upstream: `upstream`."""
    codes: Mapping[str, float] = field(default_factory=dict)
    """Failed endings by their code."""
    waited: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """`first` and `gap`: how many, and their times summed."""
    rows: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """By dialect: `running`, `starts`, `completed`, `stopped`, `failed`, `tokens`, `resumes`."""


def sample_of(stats: Mapping[str, Json], at_s: float) -> Sample:
    """Read what `/admin/stats` has. What is missing there is not in the sample."""
    endings = _tables(stats.get("endings"))
    kinds = {kind: sum(each.get(kind, 0) for each in endings.values()) for kind in KINDS}
    codes = _codes(stats.get("stats"))
    return Sample(
        at_s=at_s,
        levels={name: _sum(stats.get(name)) for name in ("connections", "running", "viewers")},
        counts={
            "starts": _sum(stats.get("starts")),
            "tokens": _sum(stats.get("tokens")),
            "limited": _number(stats.get("rateLimited")),
            "resumes": _sum(stats.get("resumes")),
            "slow": _sum(stats.get("slowViewersDropped")),
            "upstream": sum(n for code, n in codes.items() if code.startswith(UPSTREAM)),
            **kinds,
        },
        codes=codes,
        waited={"first": _waited(stats.get("firstToken")), "gap": _waited(stats.get("gaps"))},
        rows=_rows(stats, endings),
    )


def since(before: Sample | None, now: Sample) -> Mapping[str, float | None]:
    """One moment for the charts: levels as they are, counts a second, and mean waits between the
    two."""
    seconds = now.at_s - before.at_s if before else 0.0
    moment: dict[str, float | None] = {"at_s": now.at_s, **now.levels}
    for name, count in now.counts.items():
        moment[name] = _rate(before.counts.get(name, 0) if before else None, count, seconds)
    for name, (number, total_ms) in now.waited.items():
        was = before.waited.get(name, (0.0, 0.0)) if before else None
        fresh = number - was[0] if was else 0.0
        moment[f"{name}_ms"] = (total_ms - was[1]) / fresh if was and fresh > 0 else None
    return moment


@dataclass(frozen=True, slots=True)
class Health:
    """What became of the answers that ended of late, and how many of them the upstream failed."""

    ended: float
    upstream_failed: float


def health(moments: Sequence[Mapping[str, float | None]], within_s: float) -> Health:
    """Of the newest moments, as far back as known."""
    newest = moments[-1].get("at_s") or 0.0 if moments else 0.0
    ended = failed = 0.0
    for before, now in pairwise(moments):
        at_s, seconds = now.get("at_s") or 0.0, (now.get("at_s") or 0) - (before.get("at_s") or 0)
        if at_s >= newest - within_s:
            ended += seconds * sum(now.get(kind) or 0.0 for kind in KINDS)
            failed += seconds * (now.get("upstream") or 0.0)
    return Health(round(ended), round(failed))


def _rate(was: float | None, count: float, seconds: float) -> float | None:
    if was is None or seconds <= 0 or count < was:
        return None
    return (count - was) / seconds


def _rows(
    stats: Mapping[str, Json], endings: Mapping[str, Mapping[str, float]]
) -> Mapping[str, Mapping[str, float]]:
    rows: dict[str, dict[str, float]] = {}
    for name in ("running", "starts", "tokens", "resumes"):
        for dialect, count in _numbers(stats.get(name)).items():
            rows.setdefault(dialect, {})[name] = count
    for dialect, kinds in endings.items():
        rows.setdefault(dialect, {}).update(kinds)
    return rows


def _codes(stats: Json) -> Mapping[str, float]:
    codes: dict[str, float] = {}
    for name, count in _numbers(stats).items():
        if ending := _ENDING.fullmatch(name):
            labels = dict(pair.split("=", 1) for pair in ending[1].split(",") if "=" in pair)
            if labels.get("kind") == "failed" and labels.get("code"):
                codes[labels["code"]] = codes.get(labels["code"], 0) + count
    return codes


def _waited(stats: Json) -> tuple[float, float]:
    number = total = 0.0
    for each in _tables(stats).values():
        count, mean = each.get("count", 0.0), each.get("meanMs", 0.0)
        number, total = number + count, total + count * mean
    return number, total


def _tables(stats: Json) -> Mapping[str, Mapping[str, float]]:
    if not isinstance(stats, dict):
        return {}
    return {key: _numbers(each) for key, each in stats.items()}


def _numbers(stats: Json) -> Mapping[str, float]:
    if not isinstance(stats, dict):
        return {}
    return {key: float(n) for key, n in stats.items() if isinstance(n, int | float)}


def _number(stats: Json) -> float:
    return float(stats) if isinstance(stats, int | float) else 0.0


def _sum(stats: Json) -> float:
    return sum(_numbers(stats).values())
