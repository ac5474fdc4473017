"""Pieces of an answer that were written apart and came together, because something on
the way kept them.

Pure. Nobody's halt decides: each time is a span, from what it can't be before to what it can't be
after, and what the spans leave open is said to be undecided, with the reason.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from tokentape.contract.integrity import Difference
from tokentape.contract.pieces import Piece, pieces_of
from tokentape.contract.timeline import Seen

HELD_NS = 250_000_000
"""So much of the model's writing that came together is nobody's scheduling noise."""

HALT_NS = 1_000_000_000
"""A busy machine may halt a server for so long in one answer. Of pieces that waited for this and
`HELD_NS` together the server kept some, whoever was halted."""

HALTS = 3
"""A busy machine may halt a server so often in one answer; more holds than that, which take
`_MOSTLY_HELD` of the answer's time, are the server's habit."""

_MOSTLY_HELD = 0.5

STEADY_NS = HELD_NS // (HALTS + 1)
"""By so much may lateness vary, at most, of what came as it was written; see `_steady`."""

TOGETHER_NS = 2_000_000
"""Reads so near to each other count as one: a full buffer may be emptied by several writes."""

_NOTABLE_NS = 50_000_000
"""Of a span that is so wide, its width is the reason."""

_BURST = 4
"""Rule of thumb: so many pieces at once, after a silence of `HELD_NS`, were kept somewhere …"""

_MOSTLY = 0.75
"""… if so large a part of the answer's pieces came like that, …"""

_PIECES = 8
"""… and if it has so many pieces that this is no accident."""

RULE_OF_THUMB = (
    f"{_BURST} pieces or more in one read after {HELD_NS // 1_000_000} ms of silence,"
    f" for {_MOSTLY:.0%} of {_PIECES} pieces or more"
)

MAY_BE_HALTED = "a server that was halted as a whole looks the same, and nothing beside it tells"


@dataclass(frozen=True, slots=True)
class Burst:
    """Pieces of text that arrived together: their places in the timeline."""

    indices: tuple[int, ...]
    waited_ns: int
    """The silence before, as it was read …"""
    quiet_ns: int
    """… and as much of it as is sure."""


def bursts(timeline: Sequence[Seen], started_ns: int) -> Iterator[Burst]:
    """The texts of a timeline, grouped by arrival."""
    gathered: list[int] = []
    since = last = started_ns
    for index, event in enumerate(timeline):
        if not event.text:
            continue
        if gathered:
            first = timeline[gathered[0]]
            together = event.read == timeline[gathered[-1]].read
            if not together and event.at_ns - first.at_ns > TOGETHER_NS:
                yield _burst(timeline, gathered, since)
                gathered, since = [], last
        gathered.append(index)
        last = event.at_ns
    if gathered:
        yield _burst(timeline, gathered, since)


def _burst(timeline: Sequence[Seen], indices: Sequence[int], since_ns: int) -> Burst:
    first = timeline[indices[0]]
    return Burst(tuple(indices), first.at_ns - since_ns, max(0, first.after_ns - since_ns))


@dataclass(frozen=True, slots=True)
class Hold:
    """Pieces that came together after `held_ns`: the place of the first one in the timeline, the
    time from which they waited, and the time at which they came."""

    index: int
    pieces: int
    held_ns: int
    """Over which they were written, or in which nothing came."""
    from_ns: int
    at_ns: int
    chunks: int | None = None
    """Of the model's; `None` where they are not known."""
    certain: bool = True
    """Whether it is sure that they waited on the way: neither writer nor reader made it up."""
    waited_ns: int = 0
    """How much longer than a later one the first of them surely was on its way."""
    doubt: str = ""
    """Why it is undecided whether a server kept them back; empty where it is sure."""

    @property
    def words(self) -> str:
        """What came together, and after how long, in milliseconds."""
        held_ms = self.held_ns / 1e6
        if self.chunks is None:
            return f"{self.pieces} pieces came at once after {held_ms:.0f} ms of silence"
        together = "one read" if self.pieces > 1 else "one event"
        return f"{self.chunks} chunks that the model wrote over {held_ms:.0f} ms came in {together}"


def buffered(
    timeline: Sequence[Seen],
    started_ns: int,
    chunks: Sequence[str] = (),
    written_ns: Sequence[int] = (),
    early_ns: Sequence[int] = (),
) -> Difference | None:
    """The first arrival of pieces that were surely kept back, `None` if there is none."""
    return violation_of(holds(timeline, started_ns, chunks, written_ns, early_ns))


def violation_of(all_holds: Sequence[Hold]) -> Difference | None:
    """What is sure of an answer's holds."""
    return _difference_of([hold for hold in all_holds if not hold.doubt])


def doubt_of(all_holds: Sequence[Hold]) -> Difference | None:
    """What is undecided of an answer's holds, and why."""
    doubtful = [hold for hold in all_holds if hold.doubt]
    difference = _difference_of(doubtful)
    return difference and replace(difference, message=f"{difference.message}: {doubtful[0].doubt}")


def _difference_of(all_holds: Sequence[Hold]) -> Difference | None:
    if not all_holds:
        return None
    more = f", and {len(all_holds) - 1} more such" if len(all_holds) > 1 else ""
    return Difference("buffered", all_holds[0].index, all_holds[0].words + more)


def holds(
    timeline: Sequence[Seen],
    started_ns: int,
    chunks: Sequence[str] = (),
    written_ns: Sequence[int] = (),
    early_ns: Sequence[int] = (),
) -> list[Hold]:
    """Every arrival of pieces that were, or may have been, kept back.

    `chunks` are the model's own pieces, where known; each was written after `early_ns`, which is
    `written_ns` where it is not given, and by `written_ns`.
    """
    if not chunks or len(chunks) != len(written_ns):
        return _by_rule_of_thumb(timeline, started_ns)
    pieces = pieces_of(timeline, chunks, written_ns, early_ns or written_ns)
    late = [piece.at_ns - piece.early_ns for piece in pieces]
    if max(late, default=0) < HELD_NS:
        return []  # nothing waited for so long, whoever was halted
    groups = list(_groups(pieces, late))
    return _without_doubt(groups, written_ns[-1] - written_ns[0])


def _groups(pieces: Sequence[Piece], late: Sequence[int]) -> Iterator[Hold]:
    """Pieces, one after the other, of which the first came when all were written."""
    # By how much the least late of a piece and all after it came too late, at most.
    best = list(accumulate(reversed(late), min))[::-1]
    place = until = 0
    while place < len(pieces):
        first = pieces[place]
        if late[place] < HELD_NS:
            place += 1
            continue
        until = max(until, place)
        while until + 1 < len(pieces) and pieces[until + 1].early_ns <= first.at_ns:
            until += 1
        group = pieces[place : until + 1]
        alone = len(group) == 1 or group[-1].written_ns - first.early_ns < HELD_NS
        if alone or _steady(group):
            place += 1
            continue
        sure = next(
            (
                (begin, end)
                for begin in range(place, until)
                if (end := _kept_until(pieces, begin, best[begin])) > begin
            ),
            None,
        )
        begin, end = sure or (place, until)
        waited_ns = pieces[begin].late_ns - best[begin] if sure else 0
        yield _hold(pieces[begin : end + 1], waited_ns, certain=sure is not None)
        place = max(end, until) + 1


def _steady(group: Sequence[Piece]) -> bool:
    """Whether they surely came at the pace at which they were written, or at a slower one: their
    way is long, or gets longer.

    Of what was kept back and is let go in one, `HALTS` halts make as many parts and one more. One
    of these was written over its share of `HELD_NS`, less the gaps between them, and came in one:
    its last piece was less late than its first one by so much.
    """
    widest_ns = max(later.written_ns - one.early_ns for one, later in pairwise(group))
    share_ns = (HELD_NS - HALTS * widest_ns) // (HALTS + 1)
    latest = 0
    for piece in group:
        latest = max(latest, piece.at_ns - piece.early_ns)
        if latest - piece.late_ns >= share_ns:
            return False
    return True


def _kept_until(pieces: Sequence[Piece], begin: int, best_ns: int) -> int:
    """The last piece that had surely been written when the first one had surely not come; the first
    one itself where it was not surely kept for long enough."""
    first = pieces[begin]
    if first.late_ns - best_ns < HELD_NS:
        return begin
    end = begin
    while end + 1 < len(pieces) and pieces[end + 1].written_ns <= first.after_ns:
        end += 1
    return end if pieces[end].early_ns - first.written_ns >= HELD_NS else begin


def _hold(pieces: Sequence[Piece], waited_ns: int, *, certain: bool) -> Hold:
    first, last = pieces[0], pieces[-1]
    doubt = MAY_BE_HALTED if certain else _why(pieces)
    return Hold(
        index=first.index,
        pieces=len({piece.index for piece in pieces}),
        held_ns=(last.early_ns - first.written_ns)
        if certain
        else (last.written_ns - first.early_ns),
        from_ns=first.written_ns,
        at_ns=first.at_ns,
        chunks=len(pieces),
        certain=certain,
        waited_ns=waited_ns,
        doubt=doubt,
    )


def _why(pieces: Sequence[Piece]) -> str:
    read_ns = max(piece.at_ns - piece.after_ns for piece in pieces)
    write_ns = max(piece.written_ns - piece.early_ns for piece in pieces)
    if read_ns > max(write_ns, _NOTABLE_NS):
        return f"the reader was halted, and may have found them {read_ns / 1e6:.0f} ms late"
    if write_ns > _NOTABLE_NS:
        return f"the model was halted, and may have written them {write_ns / 1e6:.0f} ms early"
    return "they came neither together nor as they were written"


def _without_doubt(all_holds: Sequence[Hold], whole_ns: int) -> list[Hold]:
    """Where no halts explain all of an answer's holds, the server kept pieces back."""
    sure = sorted((hold for hold in all_holds if hold.certain), key=lambda hold: -hold.waited_ns)
    habit = len(sure) > HALTS and sum(h.held_ns for h in sure) >= _MOSTLY_HELD * whole_ns
    # Of so many, halts leave `HELD_NS` to one at least.
    waited = accumulate(hold.waited_ns for hold in sure)
    longer = any(total >= HALT_NS + count * HELD_NS for count, total in enumerate(waited, 1))
    return [
        replace(hold, doubt="") if hold.certain and (habit or longer) else hold
        for hold in all_holds
    ]


def _by_rule_of_thumb(timeline: Sequence[Seen], started_ns: int) -> list[Hold]:
    every = list(bursts(timeline, started_ns))
    pieces = sum(len(burst.indices) for burst in every)
    lumps = [b for b in every if len(b.indices) >= _BURST and b.waited_ns >= HELD_NS]
    if pieces < _PIECES or sum(len(b.indices) for b in lumps) < _MOSTLY * pieces:
        return []
    sure = [burst for burst in lumps if burst.quiet_ns >= HELD_NS]
    most = sum(len(burst.indices) for burst in sure) >= _MOSTLY * pieces
    habit = most and len(sure) > HALTS
    return [
        Hold(
            index=burst.indices[0],
            pieces=len(burst.indices),
            held_ns=burst.waited_ns,
            from_ns=timeline[burst.indices[0]].at_ns - burst.waited_ns,
            at_ns=timeline[burst.indices[0]].at_ns,
            certain=burst.quiet_ns >= HELD_NS,
            doubt=_thumb_doubt(burst, most=most, habit=habit),
        )
        for burst in lumps
    ]


def _thumb_doubt(burst: Burst, *, most: bool, habit: bool) -> str:
    if not most or burst.quiet_ns < HELD_NS:
        late_ns = burst.waited_ns - burst.quiet_ns
        return f"the reader was halted, and may have found them {late_ns / 1e6:.0f} ms late"
    return "" if habit or burst.quiet_ns >= HALT_NS + HELD_NS else MAY_BE_HALTED
