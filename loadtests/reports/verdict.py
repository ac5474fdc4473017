"""Verdict: what is said of a run in one line, and why. Pure; every report says the same."""

from dataclasses import dataclass

from loadtests.results import Results


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
    took = f"{answers} in {results.seconds:.1f} s, {compared}"
    match results.judgement:
        case "passed":
            return Banner("right", "Passed", f"{took}, no failure.")
        case "failed":
            return Banner("wrong", "Failed", f"{took}.", results.reasons)
        case "invalid":
            doubt = "The load generator was the bottleneck: its times can't be believed."
            return Banner(
                "doubtful", "Invalid", f"{doubt} {took}.", results.invalid + results.reasons
            )
    return Banner("live", "Not over", f"{took} so far.")
