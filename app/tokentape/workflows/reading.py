"""Workflows from YAML files: each fault names file, line, field and what would be right."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tokentape.workflows.workflow import END, PLACE, Kind, Step, Workflow
from tokentape.yaml_lines import YamlFault, read_yaml

SHIPPED = Path(__file__).parent / "shipped"
CHAT_SENTENCES = 2
FILE_MAX_BYTES = 256_000
STEPS_MAX = 100

Name = Annotated[str, Field(pattern=r"^[\w-]{1,64}$")]
Words = Annotated[str, Field(min_length=1, max_length=20_000)]


class WorkflowFault(Exception):
    """A file that is no workflow. The message names file, line and field."""


class _Step(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: Name | None = None
    kind: Kind = "chat"
    prompt: Words
    guideline: str = Field("", max_length=20_000)
    max_tokens: int | None = Field(None, ge=1)
    max_sentences: int | None = Field(None, ge=1)
    collect: Annotated[str, Field(pattern=r"^[A-Za-z_]\w{0,63}$")] | None = None
    next: Name | None = None
    message: str = Field("", max_length=20_000)


class _Workflow(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: Name
    title: str | None = Field(None, max_length=200)
    description: str = Field("", max_length=2_000)
    steps: list[_Step] = Field(min_length=1, max_length=STEPS_MAX)
    message: str = Field("", max_length=20_000)


def read_folders(own: Path | None) -> Mapping[str, Workflow]:
    """The shipped workflows and those of the user's folder, by name; of one name the user's.

    Raises `WorkflowFault`.
    """
    workflows = dict(_shipped())
    if own is not None:
        if not own.is_dir():
            raise WorkflowFault(f"{own}: WORKFLOWS_DIR is no folder.")
        workflows |= _folder(own)
    return MappingProxyType(workflows)


@cache
def _shipped() -> Mapping[str, Workflow]:
    return _folder(SHIPPED)


def _folder(folder: Path) -> dict[str, Workflow]:
    workflows: dict[str, Workflow] = {}
    for path in sorted(one for one in folder.iterdir() if one.suffix in (".yaml", ".yml")):
        workflow = read_file(path)
        if workflow.name in workflows:
            raise WorkflowFault(f"{path}: name: another file here is called {workflow.name!r} too.")
        workflows[workflow.name] = workflow
    return workflows


def read_file(path: Path) -> Workflow:
    """Raises `WorkflowFault`."""
    try:
        if path.stat().st_size > FILE_MAX_BYTES:
            raise WorkflowFault(f"{path}: a workflow has at most {FILE_MAX_BYTES} bytes.")
        return read_text(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise WorkflowFault(f"{path}: can't be read: {error}") from None


def read_text(text: str, where: str) -> Workflow:
    """Raises `WorkflowFault`, naming `where` it stands."""
    try:
        document = read_yaml(text)
    except YamlFault as error:
        raise WorkflowFault(f"{where}{error.at}: {error}") from None
    try:
        read = _Workflow.model_validate(document.value)
    except ValidationError as invalid:
        place, fault = _first(invalid)
        raise WorkflowFault(f"{where}:{document.line(place)}: {fault}") from None
    workflow = _workflow(read)
    for field, fault in _faults(workflow):
        raise WorkflowFault(f"{where}:{document.line(field.split('.'))}: {field}: {fault}")
    return workflow


def _first(error: ValidationError) -> tuple[Sequence[str | int], str]:
    """Where it is, and what."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = first["loc"]
    place = ".".join(str(part) for part in where)
    if first["type"] == "extra_forbidden":
        model: type[BaseModel] = _Step if "steps" in where else _Workflow
        near = _nearest(str(where[-1]), list(model.model_fields))
        return where, f"{place}: unknown key.{near}"
    problem = "a mapping is needed here" if first["type"] == "model_type" else first["msg"]
    return where, f"{place or 'the file'}: {problem}"


def _workflow(read: _Workflow) -> Workflow:
    names = [step.name or f"step-{number}" for number, step in enumerate(read.steps, 1)]
    closing = read.message or f"{read.title or read.name} is complete."
    steps = []
    for number, step in enumerate(read.steps):
        following = names[number + 1] if number + 1 < len(names) else None
        after = following if step.next is None else step.next
        sentences = CHAT_SENTENCES if step.kind == "chat" else None
        steps.append(
            Step(
                name=names[number],
                kind=step.kind,
                prompt=step.prompt,
                guideline=step.guideline,
                max_tokens=step.max_tokens,
                max_sentences=step.max_sentences or sentences,
                collect=step.collect,
                next=None if after == END else after,
                message=step.message or closing,
            )
        )
    return Workflow(
        name=read.name,
        title=read.title or read.name,
        description=read.description,
        steps=tuple(steps),
    )


def _faults(workflow: Workflow) -> Iterator[tuple[str, str]]:
    """What no field shows alone, each with the field that it stands in."""
    names = [step.name for step in workflow.steps]
    known = {step.collect for step in workflow.steps if step.collect}
    for number, step in enumerate(workflow.steps):
        place = f"steps.{number}"
        if step.name in names[:number] or step.name == END:
            yield f"{place}.name", f"{step.name!r} is taken."
        if step.next is not None and step.next not in names:
            yield f"{place}.next", f"no step is called {step.next!r}.{_nearest(step.next, names)}"
        for field in ("prompt", "guideline", "message"):
            for used in PLACE.findall(getattr(step, field)):
                if used not in known:
                    problem = f"nothing collects {{{used}}}.{_nearest(used, sorted(known))}"
                    yield f"{place}.{field}", problem
    met: list[Step] = []
    step_now: Step | None = workflow.first
    while step_now is not None:
        if step_now in met:
            yield f"steps.{names.index(met[-1].name)}.next", "leads in a circle: it never ends."
            return
        met.append(step_now)
        step_now = workflow.after(step_now)
    for number, step in enumerate(workflow.steps):
        if step not in met:
            yield f"steps.{number}", f"no step leads to {step.name!r}."


def _nearest(word: str, known: Sequence[Any]) -> str:
    matches = get_close_matches(word, known, 1)
    if matches:
        return f" Did you mean {matches[0]!r}?"
    return f" There are: {', '.join(known)}." if known else ""
