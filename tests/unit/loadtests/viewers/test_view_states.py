"""The table of a view's states is what an observation does: each row is walked, no other."""

from collections.abc import Callable

import pytest

from tests.unit.app.check.speakers import SPEAKERS, numbered
from tokentape.client.turn import Turn
from tokentape.contract.timeline import Seen, see
from tokentape_load.judging.answer_result import BEFORE, Failure
from tokentape_load.viewers.observation import Observation
from tokentape_load.viewers.view_states import CLOSED, OPEN, VIEW
from tokentape_load.workload.journeys import NOTHING, Deed

CONTRACT, SPEAK = SPEAKERS["ai-chat/sse"]
ANSWER = numbered(CONTRACT, SPEAK(["one ", "two ", "three "], "completed"))
Course = Callable[[Observation], None]


def events() -> list[Seen]:
    return [
        see(CONTRACT, name, payload, at_ns=number) for number, (name, payload) in enumerate(ANSWER)
    ]


def whole(view: Observation) -> None:
    view.move("ask")
    for event in events():
        view.store(event)
    view.store(events()[-1])  # a second end is no second move
    view.close()
    view.close()


def until_act(view: Observation) -> None:
    for event in events()[len(view.timeline) :]:
        if view.store(event):
            return


def cut(view: Observation, then: str = "resume") -> None:
    view.move("ask")
    until_act(view)
    view.cutting = False
    view.move(then)


def resumed(view: Observation) -> None:
    cut(view)
    until_act(view)
    view.close()


def lost_at_its_end(view: Observation) -> None:
    view.move("ask")
    until_act(view)
    view.lost = "the body broke off"
    view.close()


def lost(view: Observation) -> None:
    view.move("ask")
    view.close()


def none(kind: str, *before: str) -> Course:
    def course(view: Observation) -> None:
        for happening in before:
            view.move(happening)
        view.none(Failure(kind, BEFORE, ""))  # type: ignore[arg-type] # one of the two kinds

    return course


def after_cut(*then: str) -> Course:
    def course(view: Observation) -> None:
        cut(view, then[0])
        for happening in then[1:]:
            view.move(happening)
        view.close()

    return course


def stopped_and(then: str) -> Course:
    def course(view: Observation) -> None:
        view.move("ask")
        until_act(view)
        if then == "cut":
            until_act(view)
            view.move("unreachable")
        elif then == "end":
            until_act(view)
        view.close()

    return course


STOP, CUT = Deed(stop_after=1), Deed(cut_after=1)
COURSES: dict[str, tuple[Deed, Course, list[str]]] = {
    "whole": (NOTHING, whole, ["ask", "end", "over"]),
    "lost": (NOTHING, lost, ["ask", "lost"]),
    "lost at its end": (NOTHING, lost_at_its_end, ["ask", "end", "lost"]),
    "refused": (NOTHING, none("refused"), ["refused"]),
    "unreachable": (NOTHING, none("unreachable"), ["unreachable"]),
    "gone as it is asked": (NOTHING, none("unreachable", "ask"), ["ask", "unreachable"]),
    "stopped": (STOP, stopped_and("end"), ["ask", "stop", "end", "over"]),
    "stopped, and lost": (STOP, stopped_and(""), ["ask", "stop", "lost"]),
    "stopped, and cut": (
        Deed(stop_after=1, cut_after=2),
        stopped_and("cut"),
        ["ask", "stop", "cut", "unreachable"],
    ),
    "resumed": (CUT, resumed, ["ask", "cut", "resume", "end", "over"]),
    "resumed, and stopped": (
        Deed(cut_after=1, stop_after=2),
        resumed,
        ["ask", "cut", "resume", "stop", "lost"],
    ),
    "not let in again": (CUT, after_cut("refused"), ["ask", "cut", "refused"]),
    "gone meanwhile": (CUT, after_cut("unreachable"), ["ask", "cut", "unreachable"]),
    "denied after it": (CUT, after_cut("resume", "refused"), ["ask", "cut", "resume", "refused"]),
    "gone after it": (
        CUT,
        after_cut("resume", "unreachable"),
        ["ask", "cut", "resume", "unreachable"],
    ),
    "lost after it": (CUT, after_cut("resume"), ["ask", "cut", "resume", "lost"]),
}


class Watched(Observation):
    """An observation that notes its moves."""

    def __init__(self, deed: Deed) -> None:
        super().__init__(CONTRACT, Turn(message="?"), deed)
        self.values["run"], self.values["seq"] = "r", 0
        self.moves: list[tuple[str, str]] = []

    def move(self, happening: str) -> None:
        before = self.state
        super().move(happening)
        self.moves.append((before, happening))


def walk(name: str) -> list[tuple[str, str]]:
    deed, course, _ = COURSES[name]
    view = Watched(deed)
    course(view)
    assert view.state == CLOSED
    return view.moves


@pytest.mark.parametrize("name", COURSES)
def test_each_course_makes_its_moves_and_ends_closed(name: str) -> None:
    assert [happening for _, happening in walk(name)] == COURSES[name][2]


def test_the_courses_walk_every_row_and_no_other() -> None:
    rows = {(state, happening) for state, moves in VIEW.items() for happening in moves}
    assert {move for name in COURSES for move in walk(name)} == rows


def test_every_state_leads_to_the_one_end_and_nothing_out_of_it() -> None:
    assert VIEW[CLOSED] == {}
    for state, moves in VIEW.items():
        assert state == CLOSED or CLOSED in VIEW[OPEN].values()
        assert set(moves.values()) <= set(VIEW)
        reached, waiting = {state}, [state]
        while waiting:
            for after in VIEW[waiting.pop()].values():
                if after not in reached:
                    reached.add(after)
                    waiting.append(after)
        assert CLOSED in reached


def test_what_has_no_place_is_an_error() -> None:
    view = Observation(CONTRACT, Turn(message="?"))
    with pytest.raises(KeyError):
        view.move("end")
