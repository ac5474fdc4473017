"""All proofs that `make proofs` runs. A new one is a module with a `prove`, and a row here."""

from pathlib import Path

from tokentape_load.proofs import (
    capacity_repeats,
    frozen_server,
    holds_under_load,
    known_times,
    merged_figures,
    planted_faults,
    prompt_stops,
    starved_client,
)
from tokentape_load.proofs.proof import Proof

_FOLDER = Path("results", "load-proofs")

PROOFS: tuple[Proof, ...] = (
    Proof("known-times", "TTFT and gaps are reported as planned, 150 at once", known_times.prove),
    Proof(
        "planted-faults",
        "1 in 200 wrong streams is found on every transport",
        planted_faults.prove,
        planted_faults.prove,
    ),
    Proof(
        "holds-under-load",
        "beside busy loops a hold is found or undecided, and none is made up",
        holds_under_load.prove,
    ),
    Proof(
        "frozen-server",
        "the open loop tells what the closed one hides",
        lambda: frozen_server.prove(_FOLDER),
    ),
    Proof("starved-client", "a run without CPU is invalid, not slow", starved_client.prove),
    Proof("merged-figures", "two workers are one process", merged_figures.prove),
    Proof(
        "prompt-stops",
        "1,000 acknowledged stops are stops, and close the upstream within 100 ms",
        prompt_stops.prove,
    ),
    Proof("capacity-repeats", "the same capacity three times, within 15 %", capacity_repeats.prove),
)
