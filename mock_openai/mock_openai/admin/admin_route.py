"""A row of the admin table: where it is, who handles it, and how the answers of several workers
become one. None of it has a default: a row that forgets its workers can't be built.
"""

from enum import Enum
from typing import NamedTuple

from mock_openai.http.request_params import Handler


class WorkerMerge(Enum):
    """How one answer is made of those of all workers; `server/worker_merge.py` does it."""

    NONE = "any worker answers for all: they all know it, or need to know nothing"
    ALL = "every worker does it; the first that could not says so"
    OWNER = "the one worker that has it answers"
    NEWEST = "entries of all, the newest first, up to the limit"
    STREAMS = "streams of all, those under way first"
    VERIFY = "counts of all are added up and judged anew"
    VERDICT = "what each has found wrong, one after another"
    SUM = "numbers are added up; of quantiles the worst is given"


class AdminRoute(NamedTuple):
    """`path` is below /__mock__; what it is for is the docstring of its handler, which the docs
    show."""

    method: str
    path: str
    handler: Handler
    merge: WorkerMerge
