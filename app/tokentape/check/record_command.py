"""`tokentape record`: one answer of a streaming chat server becomes a tape in a file, and a
scenario for the mock where one is asked for."""

import asyncio
import re
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from tokentape.check.command import config_of, writable
from tokentape.check.config import CheckConfig
from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.observation import KnownRun, Observation, Seat, observe
from tokentape.check.record_config import RecordConfig
from tokentape.check.report import COULD_NOT_RUN, RIGHT
from tokentape.check.runner import no_answer
from tokentape.check.scenario_export import scenario
from tokentape.check.secrets import Secrets
from tokentape.check.tape_file import written
from tokentape.check.unrecognized import raw_lines
from tokentape.client.failures import Failure
from tokentape.client.turn import Turn
from tokentape.contract.timeline import latency_of, text_of
from tokentape.printable import visible_lines

_NAME = re.compile(r"[\w.-]{1,100}")


def record(recording: RecordConfig, **written: Any) -> int:
    """Record, print what came, and return the exit code: 0 recorded, 2 could not.

    `written` are options of `CheckConfig` as they were typed.
    """
    out, scenario_file = recording.out, recording.scenario
    console = Console(highlight=False, soft_wrap=True)
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        writable(("--out", out), ("--scenario", scenario_file))
        _nameable(scenario_file)
        config = config_of(**written)
        secrets = Secrets.shown_for(config)
        observation = asyncio.run(_observe(config, secrets))
        _save(observation, config, out, scenario_file)
    except CouldNotRun as reason:
        errors.print(f"[bold]Could not record:[/] {escape(visible_lines(str(reason)))}")
        return COULD_NOT_RUN
    except KeyboardInterrupt:
        errors.print("[bold]Interrupted:[/] nothing was written.")
        return COULD_NOT_RUN
    console.print(_summary(observation, out), markup=False)
    if scenario_file is not None:
        console.print(
            f"{scenario_file}: replay it by\n"
            f"  mock-openai serve --scenarios {scenario_file.parent}\n"
            f"and ask for it: [[mock: scenario={scenario_file.stem}]]",
            markup=False,
        )
    return RIGHT


def _nameable(scenario_file: Path | None) -> None:
    """A scenario is called as its file is."""
    if scenario_file is not None and not (
        _NAME.fullmatch(scenario_file.stem) and scenario_file.suffix in (".yaml", ".yml")
    ):
        raise CouldNotRun(f"--scenario {scenario_file}: name it as my-scenario.yaml.")


async def _observe(config: CheckConfig, secrets: Secrets) -> Observation:
    """Raises `CouldNotRun`, also where what came was no stream."""
    turn = Turn(message=config.message, model=config.model, user=config.user, token=config.token)
    seat = Seat(turn=1, viewer=1, cut_at=(), joins=False)
    try:
        observation = await observe(config, turn, seat, KnownRun(), lambda: None)
    except Failure as failure:
        raise CouldNotRun(secrets.out_of_words(no_answer(failure, config))) from failure
    observation = observation and secrets.out_of_observation(observation)
    if observation is None or not observation.timeline:
        told = f": {observation.noticed[0].message}" if observation and observation.noticed else ""
        came = (
            "\n".join(raw_lines(observation.glimpse)) if observation and observation.glimpse else ""
        )
        raise CouldNotRun(f"no event came{told}" + (f"\nWhat came:\n{came}" if came else ""))
    return observation


def _save(
    observation: Observation, config: CheckConfig, out: Path, scenario_file: Path | None
) -> None:
    try:
        out.write_text(
            "".join(written(observation, config.address, config.message)), encoding="utf-8"
        )
        if scenario_file is not None:
            text = scenario(observation, scenario_file.stem, config.address)
            scenario_file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CouldNotRun(f"{error.filename}: {error.strerror}") from error


def _summary(observation: Observation, out: Path) -> str:
    timeline = observation.timeline
    latency = latency_of(timeline, observation.started_ns)
    end = next((event.end for event in timeline if event.end), None)
    first = (
        f", the first text after {latency.first_token_ns / 1e6:.0f} ms"
        if latency.first_token_ns
        else ""
    )
    return (
        f"{out}: {len(timeline)} events, {len(text_of(timeline))} characters of text"
        f"{first}; {end or 'no end'}. Judge it again: tokentape check {out}"
    )
