"""A turn of `threads`, once no other can run in its thread: step, prompt, and what is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from tokentape.access.tokens import Identity
from tokentape.dialects.threads import wire
from tokentape.dialects.threads.guided import Guided
from tokentape.errors import CallerFault
from tokentape.retrieval.retrieval import Retrieval, quoted
from tokentape.runs.events import Completed, Event, StepMoved, Terminal, WorkflowEnded
from tokentape.runs.upstream import ModelRequest, Upstream
from tokentape.store.conversations import Begun
from tokentape.store.threads import Thread, Threads, moved
from tokentape.turns import Saving, Staged
from tokentape.workflows.personalisation import about
from tokentape.workflows.prompting import on_passages, on_step, together
from tokentape.workflows.workflow import Step, Workflow, collected, filled

Workflows = Mapping[str, Workflow]


@dataclass(frozen=True, slots=True)
class WorkflowPlace:
    """Where a thread's workflow is with this message, and what it knows by it."""

    workflow: Workflow
    step: Step
    fresh: bool
    """The workflow begins with this message."""
    before: Mapping[str, str]
    values: Mapping[str, str]

    def moves(self) -> tuple[Event, ...]:
        """What is told before the answer."""
        name, step = self.workflow.name, self.step.name
        created = (StepMoved(name, step, "created"),) if self.fresh else ()
        return (*created, StepMoved(name, step, "entered"))

    def closing(self) -> tuple[Event, ...]:
        """What is told after a whole answer."""
        name = self.workflow.name
        done = StepMoved(name, self.step.name, "completed")
        if self.workflow.after(self.step):
            return (done,)
        return (done, WorkflowEnded(name, filled(self.step.message, self.values)))


def place_of(thread: Thread, workflows: Workflows, content: str) -> WorkflowPlace | None:
    """None: the thread has no workflow, or has come to its end.

    Raises `CallerFault` for one that is no longer there.
    """
    if thread.workflow is None or thread.ended:
        return None
    workflow = workflows.get(thread.workflow)
    step = None
    if workflow is not None:
        step = workflow.step(thread.step) if thread.step else workflow.first
    if workflow is None or step is None:
        raise CallerFault(
            "NOT_FOUND",
            f"The workflow `{thread.workflow}` of this thread is no longer here, or has no step"
            f" `{thread.step}` any more.",
        )
    values = collected(step, thread.collected, content)
    return WorkflowPlace(workflow, step, thread.step is None, thread.collected, values)


@dataclass(frozen=True, slots=True)
class Stage:
    """Sets the stage of one message's turn."""

    threads: Threads
    workflows: Workflows
    retrieval: Retrieval
    identity: Identity

    async def __call__(self, begun: Begun) -> Staged:
        thread = await self.threads.find(begun.conversation.id, self.identity.sub)
        if thread is None:
            raise CallerFault("NOT_FOUND", "There is no such conversation.")
        place = place_of(thread, self.workflows, begun.content)
        sources: list[str] = []

        async def prompt() -> str:
            passages = await self.retrieval.passages_for(begun.content, self.identity)
            sources.extend(passage.source for passage in passages)
            return together(
                (
                    about(self.identity),
                    on_step(place.workflow, place.step, place.values) if place else "",
                    on_passages([quoted(passage) for passage in passages]),
                )
            )

        def answer(upstream: Upstream, request: ModelRequest) -> Guided:
            if place is None:
                return Guided(upstream, request, prompt, None)
            limited = replace(request, max_tokens=place.step.max_tokens)
            return Guided(upstream, limited, prompt, place.step.max_sentences)

        def closing(terminal: Terminal) -> tuple[Event, ...]:
            closing = wire.closing(terminal, tuple(sources))
            whole = place is not None and isinstance(terminal, Completed)
            return (*closing, *place.closing()) if place and whole else closing

        return Staged(
            opening=(*wire.opening(begun), *(place.moves() if place else ())),
            closing=closing,
            answer=answer,
            begin=moved(thread.id, place.step.name, collected=place.before) if place else None,
            end=partial(_end, thread.id, place),
        )


def _end(thread_id: str, place: WorkflowPlace | None, terminal: Terminal) -> Saving:
    """Only a whole answer moves the thread on: another leaves the step to the next message."""
    if place is None or not isinstance(terminal, Completed):
        return None
    after = place.workflow.after(place.step)
    name = after.name if after else place.step.name
    return moved(thread_id, name, ended=after is None, collected=place.values)
