"""What is said of a run in one line, and why. Pure; every report says the same."""

from dataclasses import dataclass

from tokentape.charts.numbers import plain
from tokentape_load.metrics.run_results import Capacity, Results
from tokentape_load.metrics.validity import UNDECIDED_MOST, of_generator


@dataclass(frozen=True, slots=True)
class Banner:
    """`tone` is `right`, `wrong`, `doubtful` or `live`; `reasons` are a sentence each."""

    tone: str
    word: str
    sentence: str
    reasons: tuple[str, ...] = ()


def banner(results: Results) -> Banner:
    answers = f"{results.answered:,} {'answer' if results.answered == 1 else 'answers'}"
    compared = (
        "each text compared with its script" if results.scripted else "no script to compare with"
    )
    took = f"{answers} in {results.seconds:.1f} s"
    if results.answered:
        took += f", {compared}"
    if results.interrupted:
        took = f"Interrupted before its time: {took}"
    match results.judgement:
        case "passed" if results.interrupted:
            words = f"{took}, no failure until then{undecided(results)}."
            return Banner("doubtful", "Interrupted", words)
        case "passed":
            return Banner("right", "Passed", f"{took}, no failure{undecided(results)}.")
        case "failed":
            return Banner("wrong", "Failed", f"{took}.", results.reasons)
        case "invalid":
            if of_generator(results):
                doubt = "The load generator was the bottleneck: its times can't be believed."
            elif results.undecided_share > UNDECIDED_MOST:
                doubt = "Too many answers are undecided: the machine was too busy to judge them."
            else:
                doubt = "The load was not the one asked for: its times are those of another."
            return Banner(
                "doubtful", "Invalid", f"{doubt} {took}.", results.invalid + results.reasons
            )
    return Banner("live", "Not over", f"{took} so far.")


def undecided(results: Results) -> str:
    """How many answers are undecided, and their share, for the end of a sentence; else empty."""
    if not results.undecided:
        return ""
    return f", {results.undecided:,} undecided ({results.undecided_share:.1%})"


def capacity_in_words(capacity: Capacity, processes: int) -> str:
    """What a search found, and who gave out at more."""
    if capacity.highest is None:
        tried = min((step.load for step in capacity.steps), default=0.0)
        if capacity.gave_out == "client":
            return (
                f"Not even {plain(tried)} {capacity.unit} could be judged: the client, not the"
                " server, gave out. Give the load generator a machine that does nothing else."
            )
        return f"No load that was tried met every limit, down to {plain(tried)} {capacity.unit}."
    found = f"{plain(capacity.highest)} {capacity.unit}"
    if capacity.answers_per_s is not None:
        found += f" ({plain(capacity.answers_per_s)} answers/s)"
    if capacity.gave_out == "server":
        return f"The server holds {found}, and gives out at more."
    if capacity.gave_out == "client":
        more = max(2, processes + 1)
        return (
            f"The server holds at least {found}: the client, not the server, gave out at more."
            f" Its limit takes more load generators: --processes {more} where there are cores for"
            " them, or --master on more machines."
        )
    return f"The server holds at least {found}: the search was over before a limit was found."
