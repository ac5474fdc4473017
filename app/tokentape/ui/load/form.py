"""What a load run from the page is asked to do, within bounds, and the command that makes it. Pure.

The page's bounds are narrower than the command's: whoever needs more has a terminal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tokentape.contract.contract import Json
from tokentape.load_options import LoadOptions
from tokentape.options.command_line import written_for
from tokentape.options.option import FormField, OptionFault, option, options_of, read_options
from tokentape.ui.form import with_labels, written_in
from tokentape.ui.mock_admin import Mock
from tokentape.ui.server_functions import UnfitInput, text_in

TARGETS = ("own", "here")
REPORT, RESULTS, JUNIT = "report.html", "results.json", "junit.xml"
"""What a run leaves in its folder."""
LIMITS = "limits.yaml"
"""What it finds there."""
_P99_TITLE = "At most so long {}, in all but one of a hundred {}"


def _limit(label: str, title: str) -> Mapping[str, object]:
    form = FormField(
        label=label, group="limits", least=1, most=600_000, placeholder="no limit", title=title
    )
    return option(help=title, unit="ms", above=0, command=False, form=form)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadForm(LoadOptions):
    """The command's options that the page has, and the limits that it writes to a file.

    `target`: `own` starts an app and a mock for the run, `here` is this server.
    """

    target: str = "own"
    ttft_p99_ms: float | None = field(
        default=None,
        metadata=_limit(
            "TTFT p99", _P99_TITLE.format("from the send to the first text", "answers")
        ),
    )
    icl_p99_ms: float | None = field(
        default=None,
        metadata=_limit("Gap p99", _P99_TITLE.format("between two texts", "gaps")),
    )
    min_answers: int = field(
        default=1,
        metadata=option(
            help="How many answers there have to be.",
            least=1,
            most=1_000_000,
            command=False,
            form=FormField(label="Answers at least", group="limits"),
        ),
    )

    @property
    def seconds(self) -> float:
        """How long new questions are asked."""
        return self.run_time_s or 0.0


@dataclass(frozen=True, slots=True)
class Here:
    """This server's root URL, its mock where it has one, and the process to watch."""

    url: str
    mock: Mock | None
    pid: int | None = None


def form_in(given: Mapping[str, Json]) -> LoadForm:
    """Read the form. Raises `UnfitInput` with the field and its bounds."""
    target = text_in(given, "target", 10, "own")
    if target not in TARGETS:
        raise UnfitInput(f"target: one of {', '.join(TARGETS)} is needed.")
    try:
        return LoadForm(target=target, **read_options(LoadForm, written_in(given, LoadForm)))
    except OptionFault as fault:
        raise UnfitInput(f"{with_labels(str(fault), LoadForm)}.") from fault


def limits_of(form: LoadForm) -> str:
    """The limits file of a run, in YAML."""
    limits = {
        "violations": 0,
        "error_share": 0,
        "min_answers": form.min_answers,
        "ttft_p99_ms": form.ttft_p99_ms,
        "icl_p99_ms": form.icl_p99_ms,
    }
    lines = [f"  {name}: {value:g}" for name, value in limits.items() if value is not None]
    return "\n".join(["all:", *lines, ""])


def options_for(form: LoadForm, here: Here, folder: Path, before: Path | None) -> list[str]:
    """The options of the load command; its limits are in `folder`, and its reports will be."""
    asked = options_of(type(form)).values()
    written = [
        words
        for each in asked
        if each.option.command
        for words in written_for(each, getattr(form, each.name))
    ]
    files: dict[str, object] = {
        "limits": folder / LIMITS,
        "html": folder / REPORT,
        "json": folder / RESULTS,
        "junit": folder / JUNIT,
        "compare": before,
    }
    if form.target == "here":
        files |= {"host": here.url, "mock": here.mock and here.mock.url, "server-pid": here.pid}
    more = [f"--{name}={value}" for name, value in files.items() if value is not None]
    return [*written, *more, "--progress-json"]
