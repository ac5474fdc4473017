"""One answer as a load user sees and judges it, in this process, with a fault planted in it."""

from tokentape.client.turn import Turn
from tokentape.contract.verdict import Expectation
from tokentape_load.child_processes.servers import Stack
from tokentape_load.judging.answer_result import COMPLETED, AnswerResult, judge_answer
from tokentape_load.judging.failure_kinds import TIMING
from tokentape_load.judging.mock_journal import Journal
from tokentape_load.viewers.factory import open_viewer
from tokentape_load.workload.prompts import Wording, question
from tokentape_load.workload.targets import LOADABLE

STALLED = Expectation(outcome="completed", max_gap_ms=1_500)


def see(stack: Stack, key: str, fault: str | None, number: int) -> AnswerResult:
    """By a contract's key; each question of a test has a number of its own."""
    contract = LOADABLE[key]
    wording = Wording(
        directive="tokens=36 first=30ms gap=20ms", faults=(fault,) if fault else (), fault_every=1
    )
    asked = question(wording, user=number, turn=0)
    token = stack.token if contract.needs_token else ""
    viewer = open_viewer(stack.host, contract, silence_s=10.0, token=token)
    journal = Journal(stack.mock)
    try:
        view = viewer.view_answer(Turn(message=asked.message))
        due = STALLED if fault and fault.startswith("stall") else COMPLETED
        return judge_answer(contract, asked, view, journal.report_on(asked.tag), expectation=due)
    finally:
        viewer.close()
        journal.close()


def kinds_of(finding: AnswerResult, due: str) -> list[str]:
    """What it was found to be. A busy machine may leave what is a matter of time undecided."""
    found: list[str] = [failure.kind for failure in finding.failures]
    if due in TIMING and not found:
        return list(dict.fromkeys(doubt.kind for doubt in finding.undecided))
    return found
