"""What can go wrong, as data: each fault is a function from plan to plan, at an exact place.

A new fault is one new file and one row in `FAULTS`. Pure: no clock, no I/O.
"""

from mock_openai.faults.after_end import Garbage, LateChunk, SecondEnd
from mock_openai.faults.bad_json import BadJson
from mock_openai.faults.content_type import ContentType
from mock_openai.faults.crlf import Crlf
from mock_openai.faults.cut import Cut
from mock_openai.faults.data_error import DataError
from mock_openai.faults.duplicate import Duplicate
from mock_openai.faults.empty_delta import EmptyDelta
from mock_openai.faults.endless_headers import EndlessHeaders
from mock_openai.faults.event_error import EventError
from mock_openai.faults.fault import Fault
from mock_openai.faults.giant import Giant
from mock_openai.faults.html import Html
from mock_openai.faults.join import Join
from mock_openai.faults.keep_alive import KeepAlive
from mock_openai.faults.lose import Lose
from mock_openai.faults.no_done import NoDone
from mock_openai.faults.no_finish import NoFinish
from mock_openai.faults.place import Place
from mock_openai.faults.refuse import Refuse
from mock_openai.faults.reorder import Reorder
from mock_openai.faults.reset import Reset
from mock_openai.faults.sever import Sever
from mock_openai.faults.slow_headers import SlowHeaders
from mock_openai.faults.split import Split
from mock_openai.faults.split_utf8 import SplitUtf8
from mock_openai.faults.stall import Stall
from mock_openai.faults.truncated_json import TruncatedJson
from mock_openai.faults.wrong_id import WrongId
from mock_openai.faults.wrong_index import WrongIndex

__all__ = ["FAULTS", "Fault", "Place"]

FAULTS: dict[str, type[Fault]] = {
    kind.name: kind
    for kind in (
        Refuse, Html, SlowHeaders, EndlessHeaders, ContentType,
        Stall, Cut, Sever, Reset, NoFinish, NoDone, DataError, EventError,
        Duplicate, Reorder, Lose, WrongIndex, WrongId, BadJson, TruncatedJson,
        Garbage, LateChunk, SecondEnd,
        EmptyDelta, Giant, KeepAlive, Crlf, Split, SplitUtf8, Join,
    )
}  # fmt: skip
