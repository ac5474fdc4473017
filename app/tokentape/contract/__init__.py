"""What a right stream is: order tables, integrity, latency and the verdict.

Pure: no I/O, no clock.
"""

from tokentape.contract.contract import Contract
from tokentape.contract.timeline import Latency, Seen
from tokentape.contract.verdict import Expectation, Verdict, judge
from tokentape.contract.violations import Violation

__all__ = ["Contract", "Expectation", "Latency", "Seen", "Verdict", "Violation", "judge"]
