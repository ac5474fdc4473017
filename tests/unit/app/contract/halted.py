"""Synthetic answers on a machine that halts whom it likes: a writer, a proxy and a reader, each
halted at times of its own, and what is true of the proxy. All by one seed; times in nanoseconds.

Nothing here knows how holds are judged: it plays what processes and kernels do.
"""

import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from tokentape.contract.script import Script, script_of
from tokentape.contract.timeline import Seen

MS = 1_000_000
STEP_NS = 20_000
"""What a system call, or a turn of a loop, takes."""

HALTS_MAX, HALT_MS, HALTED_MS = 3, 500, 1_000
"""Of one process in one answer: how many, how long each at most, and how long in all."""

WAY_NS = 30 * MS
"""The longest way from one to the next."""

GAP_NS = 900 * MS
"""The longest time between two pieces, as they are due."""

TICK_NS = 5 * MS
"""How long a reader's loop sleeps at most."""


class Process:
    """Runs but for its halts, which are `(from, until)`, in order and apart."""

    def __init__(self, halts: Sequence[tuple[int, int]] = ()) -> None:
        self.halts = list(halts)

    def at(self, time_ns: int) -> int:
        """The first time from then on at which it runs."""
        for from_ns, until_ns in self.halts:
            if from_ns <= time_ns < until_ns:
                return until_ns
        return time_ns

    def quiet(self, from_ns: int, until_ns: int) -> bool:
        """Whether it is not halted between."""
        return all(until_ns < a or b <= from_ns for a, b in self.halts)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a judge is given, and what is true."""

    script: Script
    timeline: list[Seen]
    kept_ns: int
    """The longest that the proxy itself kept a piece, beside all halts."""
    real: bool
    """It kept pieces for `HELD_NS` or longer that were written over as much and left together."""
    span_ns: int
    """Over so long the pieces of one of these were written, at most."""
    story: str = field(compare=False, default="")

    def __str__(self) -> str:
        came = [f"{one.after_ns / MS:.1f}..{one.at_ns / MS:.1f}" for one in self.timeline]
        spans = zip(self.script.early_ns, self.script.written_ns, strict=True)
        written = [f"{early / MS:.1f}..{late / MS:.1f}" for early, late in spans]
        return f"{self.story}\nkept {self.kept_ns / MS:.1f}\nwritten {written}\ncame {came}"


def halts_in(chance: random.Random, marks: Sequence[int], longest_ms: int) -> list[tuple[int, int]]:
    """Some, at random places or right where something happens."""
    found: list[tuple[int, int]] = []
    left = HALTED_MS * longest_ms // HALT_MS * MS
    for _ in range(chance.randint(0, HALTS_MAX)):
        length = min(left, chance.randint(1, longest_ms) * MS)
        left -= length
        if chance.random() < 0.5 and marks:
            # Before it, right after it, or amid the letting go of what was kept.
            steps = chance.choice((-1, 1, 2 * chance.randint(0, 40)))
            begun = chance.choice(marks) + steps * STEP_NS // 2 + 1
        else:
            begun = chance.randint(0, max(marks, default=0) + 100 * MS)
        if length and all(begun + length < a or begun > b for a, b in found):
            found.append((begun, begun + length))
    return sorted(found)


ALL = (HALT_MS, HALT_MS, HALT_MS)


def answer(seed: int, longest_ms: tuple[int, int, int] = ALL) -> Answer:
    """One, by its seed. `longest_ms` is how long the writer, the proxy and the reader may be halted
    at once; 0 for never."""
    chance = random.Random(seed)
    chunks = [f"{number} " for number in range(chance.choice((2, 8, 20, 40, 80)))]
    gap_ms = chance.choice((3, 10, 20, 40, 100, 300))
    gaps = [chance.choice((gap_ms, gap_ms, chance.randint(0, 3 * gap_ms))) for _ in chunks]
    due = [(100 + at) * MS for at in accumulate(gaps)]
    keeping = _keeping(chance, due)
    marks = [*due, *(release for _, _, release in keeping)]
    writer, proxy, reader = (
        Process(halts_in(chance, marks, longest) if longest else ()) for longest in longest_ms
    )
    piecewise = chance.random() < 0.5
    if longest_ms[1] and chance.random() < 0.2:
        # Kept to the end, and halted again and again while it is let go: the hardest to see.
        piecewise, begin = True, chance.randint(0, len(chunks) - 1)
        keeping = [(begin, len(chunks), due[-1])]
        proxy = Process(_amid(chance, due[-1] + 3 * STEP_NS, len(chunks) - begin, longest_ms[1]))
    left, noted = _written(chance, writer, due)
    way_ns = STEP_NS if piecewise else chance.choice((0, MS, WAY_NS)) + STEP_NS
    came = [at + way_ns for at in left]
    out, batches = _forwarded(proxy, came, keeping, piecewise=piecewise)
    free, _ = _forwarded(proxy, came, [], piecewise=piecewise)
    kept = [one - other for one, other in zip(out, free, strict=True)]
    timeline = _read(chance, reader, [at + way_ns for at in out], batches, chunks)
    frames = [
        {"due_ns": at, "written_ns": stamp, "kind": "content"}
        for at, stamp in zip(due, noted, strict=True)
    ]
    entry = {"text": "".join(chunks), "chunks": chunks, "frames": frames, "started_ns": 0}
    ends = {place: end for begin, end, _ in keeping for place in range(begin, end)}
    spans = [left[ends.get(place, place + 1) - 1] - left[place] for place in range(len(left))]
    return Answer(
        script=script_of(entry),
        timeline=timeline,
        kept_ns=max(kept),
        real=any(kept_ns >= 250 * MS and spans[n] >= 250 * MS for n, kept_ns in enumerate(kept)),
        span_ns=max(spans),
        story=f"seed {seed}\nkeeps {keeping}\nhalts {writer.halts} {proxy.halts} {reader.halts}",
    )


def _amid(
    chance: random.Random, from_ns: int, pieces: int, longest_ms: int
) -> list[tuple[int, int]]:
    """Halts while so many pieces are let go, one by one."""
    found: list[tuple[int, int]] = []
    now, left = from_ns, HALTED_MS * MS
    for _ in range(chance.randint(1, HALTS_MAX)):
        begun = now + chance.randint(0, max(1, pieces // 2)) * STEP_NS
        length = min(left, chance.randint(1, longest_ms) * MS)
        left -= length
        if length:
            found.append((begun, begun + length))
            now = begun + length + STEP_NS
    return found


def _keeping(chance: random.Random, due: Sequence[int]) -> list[tuple[int, int, int]]:
    """What a proxy keeps: pieces from one to before another, let go at a time."""
    count = len(due)
    match chance.choice(("nothing", "nothing", "all", "first", "middle", "blocks", "clock")):
        case "all":
            return [(0, count, due[-1] + chance.choice((0, 50)) * MS)]
        case "first":
            end = chance.randint(1, count)
            return [(0, end, due[end - 1] + chance.choice((0, 5, 300)) * MS)]
        case "middle":
            begin = chance.randint(0, count - 1)
            end = chance.randint(begin + 1, count)
            return [(begin, end, due[end - 1])]
        case "blocks":
            size = chance.randint(2, 30)
            return [
                (begin, min(count, begin + size), due[min(count, begin + size) - 1])
                for begin in range(0, count, size)
            ]
        case "clock":
            every = chance.choice((100, 200, 300, 600)) * MS
            turns = sorted({-(-at // every) * every for at in due})
            places = [bisect_right(due, turn) for turn in turns]
            return [
                (begin, end, turn)
                for (begin, end), turn in zip(pairwise([0, *places]), turns, strict=True)
                if end > begin
            ]
    return []


def _written(
    chance: random.Random, writer: Process, due: Sequence[int]
) -> tuple[list[int], list[int]]:
    """When each piece left, and when the writer noted so, right afterwards if it was not halted."""
    together = chance.random() < 0.5
    left: list[int] = []
    noted: list[int] = []
    now = 0
    while len(left) < len(due):
        now = writer.at(max(now, due[len(left)]))
        ready = bisect_right(due, now) if together else len(left) + 1
        fresh = max(1, ready - len(left))
        note = writer.at(now + STEP_NS)
        left += [now] * fresh
        noted += [note] * fresh
        now = note
    return left, noted


def _forwarded(
    proxy: Process,
    came: Sequence[int],
    keeping: Sequence[tuple[int, int, int]],
    *,
    piecewise: bool,
) -> tuple[list[int], list[tuple[int, int]]]:
    """When each piece left again; and which left in one write, from one to before another."""
    released = {
        place: (begin, end, at) for begin, end, at in keeping for place in range(begin, end)
    }
    out: list[int] = []
    batches: list[tuple[int, int]] = []
    now = 0
    while len(out) < len(came):
        place = len(out)
        _, end, at = released.get(place, (place, place + 1, 0))
        now = proxy.at(max(now, came[end - 1], at))
        if end == place + 1 and place not in released:
            # What has come meanwhile goes on in the same read.
            while end < len(came) and came[end] <= now and end not in released:
                end += 1
        for number in range(place, end):
            if number > place and piecewise:
                now = proxy.at(now + STEP_NS)
            out.append(now)
        if piecewise:
            batches += [(number, number + 1) for number in range(place, end)]
        else:
            batches.append((place, end))
        now = proxy.at(now + STEP_NS)
    return out, batches


def _read(
    chance: random.Random,
    reader: Process,
    came: Sequence[int],
    batches: Sequence[tuple[int, int]],
    chunks: Sequence[str],
) -> list[Seen]:
    """A loop that notes the time before it waits, is woken by what comes or by its tick, and reads
    all that there is. The kernel stamps the last segment of a read, or the loop does it itself."""
    kernel = chance.random() < 0.7
    merged = chance.random() < 0.2
    segments = dict(batches)
    timeline: list[Seen] = []
    place = read = now = 0
    before = since = 0
    while place < len(came):
        if reader.quiet(now, came[place]):
            now = max(now, came[place] - 3 * TICK_NS)  # nothing happens until then
        before, since = reader.at(now + STEP_NS), before  # of this turn, and of the one before
        waits = reader.at(before + STEP_NS)
        woken = reader.at(max(waits, min(came[place], waits + TICK_NS)))
        now = woken
        if came[place] > woken:
            continue
        now = reader.at(woken + STEP_NS)
        until = bisect_right(came, now)
        stamp = came[until - 1] if kernel else reader.at(now + STEP_NS)
        single = kernel and segments.get(place) == until
        after = stamp if single else min(since, stamp)
        texts = ["".join(chunks[place:until])] if merged else chunks[place:until]
        timeline += [
            Seen(stamp, "chunk", "", {}, text=text, read=read, since_ns=after) for text in texts
        ]
        place, read, now = until, read + 1, max(now, stamp) if not kernel else now
    return timeline
