"""The capacity that a search finds is loads again: within 15 % over three runs."""

from tokentape_load.child_processes.servers import own_stack
from tokentape_load.metrics.limits import read_limits
from tokentape_load.proofs.proof import Evidence, Shown
from tokentape_load.run.capacity_search import search
from tokentape_load.run.locust_process import run
from tokentape_load.run.run_config import RunConfig

RUNS, WITHIN = 3, 0.15
LIMITS = "all: {ttft_p50_ms: 300, icl_p99_ms: 60, violations: 0, error_share: 0}"


def prove(seconds: float = 10.0) -> Evidence:
    loads: list[float] = []
    for number in range(RUNS):
        with own_stack(number) as stack:
            asked = RunConfig(
                host=stack.host,
                mock=stack.mock,
                users=50,
                run_time_s=seconds,
                contracts=("ai-chat/sse",),
                journeys=("chat=1",),
                seed=1_000 * number,
                limits=read_limits(LIMITS),
                server_pids=stack.pids,
                quiet=True,
            )
            results = search(asked, run)
        capacity = results.capacity if results else None
        if capacity is None or capacity.highest is None:
            yield Shown(f"run {number + 1}: nothing was found", right=False)
            return
        if results is not None and results.interrupted:
            yield Shown(f"run {number + 1}: it was interrupted", right=False)
            return
        loads.append(capacity.highest)
        yield Shown(
            f"run {number + 1}: {capacity.highest:g} {capacity.unit} in {len(capacity.steps)} steps"
        )
    spread = (max(loads) - min(loads)) / (sum(loads) / len(loads))
    yield Shown(f"they are {spread:.1%} apart", right=spread <= WITHIN)
