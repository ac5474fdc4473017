"""The command line of a load run, and what its options mean together.

What each option is alone stands with its field: see `tokentape_load.run.run_config`.
"""

import argparse
import os
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import psutil

from mock_openai.errors import ApiError
from mock_openai.faults.fault import Fault
from mock_openai.faults.reading import read_fault_text
from mock_openai.faults.stall import Stall
from mock_openai.request.overrides import read_directive, without_directives
from tokentape.contract.contract import Contract
from tokentape.options.command_line import add_arguments
from tokentape.options.option import OptionFault, options_of, read_options
from tokentape_load.metrics.limits import KNOWN
from tokentape_load.metrics.validity import LAG_P99_MS
from tokentape_load.metronome import contract as metronome
from tokentape_load.metronome.schedule import schedule_chunks
from tokentape_load.run.locust_process import TOKEN
from tokentape_load.run.run_config import RunConfig
from tokentape_load.workload.journeys import JOURNEYS
from tokentape_load.workload.load_shape import WORDS
from tokentape_load.workload.targets import DIALECTS, LOADABLE, chosen, served

STALL_MS, _STALLED = 1_000.0, 0.8
"""What counts as a stall when one is planted and nobody says what is too long, and of a shorter one
this share."""


def _wrapped(words: Iterable[str]) -> str:
    return textwrap.fill(", ".join(words), 98, initial_indent="    ", subsequent_indent="    ")


_EPILOG = f"""\
what is spoken
{_wrapped(DIALECTS)}
  Our own dialects by default; without --token those that ask for none.
  `openai` takes the /v1 of any OpenAI-compatible server:
    tokentape load --host http://127.0.0.1:9100/v1 --dialects openai
  Each contract's users are a Locust class, such as AiChatSse for ai-chat/sse:
{_wrapped(LOADABLE)}

journeys
{chr(10).join(f"  {each.name:10} {each.words}" for each in JOURNEYS.values())}

shapes
{chr(10).join(f"  {name:10} {words}" for name, words in WORDS.items())}

closed and open loop
  Without --rate each user asks when the answer before is over: a slow server is asked less, and
  looks better than it is. With --rate starts have a schedule; latency from the intended start is
  reported beside that from the send, and starts that could not be sent are counted.

limits
  A YAML file maps `all`, a dialect or a contract to limits. The narrower one wins:
    all: {{violations: 0, error_share: 0, min_answers: 100, ttft_p99_ms: 500, icl_p99_ms: 60}}
    ai-gateway: {{ttft_p99_ms: 800, added_p99_ms: 20}}
  Known, with any other measure and with p1 to p99.9 or max:
{_wrapped(KNOWN)}

exit codes
  0  passed: answers were seen, all were right, every limit was kept
  1  failed: a wrong answer, a limit that was not kept, or no answer at all
  2  it could not be run: an option, a file or a server is wrong
  3  invalid: the load generator was the bottleneck (its loop woke {LAG_P99_MS:g} ms late, it took a
     whole core, or it could not send the starts); its times mean nothing
  130  interrupted by Ctrl-C or SIGTERM: what was seen until then is reported

examples
  tokentape load                                     50 users for 20 s, own app and mock
  tokentape load --order-only --turns 2              is every answer right? times apart
  tokentape load --users 200 --run-time 5m --html report.html
  tokentape load --host http://127.0.0.1:8000 --mock http://127.0.0.1:9100
  tokentape load --rate 20 --users 400 --limits limits.yaml --json now.json --compare before.json
  tokentape load --shape spike --users 300 --run-time 2m
  tokentape load --capacity --limits limits.yaml      the highest load that keeps the limits
  tokentape load --fault duplicate@5 --fault-every 200 --users 100   must fail, and say why
  tokentape load --web 8089 --class-picker            Locust's own interface
  tokentape load --processes 2 --users 1000           more load than one Python process can make
"""


def parser(prog: str, config: type[RunConfig] = RunConfig) -> argparse.ArgumentParser:
    """The parser of the options of a config; what was not written is `None`."""
    made = argparse.ArgumentParser(
        prog=prog,
        usage="%(prog)s [options]",
        description="Streams under load: every answer's order and text is checked, and its times\n"
        "are measured by a load generator that watches itself.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_arguments(made, config)
    return made


def read_config(written: Mapping[str, Any]) -> RunConfig:
    """The config of a run from its options as they were written; servers and calibration come
    later. Raises `OptionFault`."""
    config = RunConfig(**read_options(RunConfig, written))
    if config.worker:
        return config  # its master says what to do
    _fit_together(config)
    # Our own app gets a token made for it.
    contracts = _contracts(config, with_token=bool(_token(config) or not config.host))
    if config.users < len(contracts):
        raise OptionFault(
            f"--users {config.users}: there are {len(contracts)} contracts to speak;"
            " name fewer with --dialects"
        )
    _directive(config.directive, contracts)
    planted = [_fault(fault, contracts) for fault in config.faults]
    return replace(
        config,
        contracts=tuple(contract.key for contract in contracts),
        max_ttft_ms=config.max_ttft_ms or _noticed_ms(planted, "first_token_late"),
        max_gap_ms=config.max_gap_ms or _noticed_ms(planted, "stalled"),
    )


def _token(config: RunConfig) -> str:
    return config.token or os.environ.get(TOKEN, "")


def _fit_together(config: RunConfig) -> None:
    if (config.faults or config.directive) and config.host and not config.mock:
        raise OptionFault("--fault and --directive need --mock: they are for a mock to read")
    if config.master and config.processes > 1:
        raise OptionFault("--processes starts workers itself: leave it out with --master")
    if config.freeze and config.host and not config.server_pids:
        raise OptionFault("--freeze needs --server-pid: the process that is to be halted")
    if config.capacity:
        _fits_a_search(config)
    for pid in config.server_pids:
        if not psutil.pid_exists(pid):
            raise OptionFault(f"--server-pid {pid}: there is no such process on this machine")
    try:
        _ = config.mix
    except ValueError as error:
        raise OptionFault(f"--journeys {error}") from error


def locust_options(config: RunConfig) -> Sequence[str]:
    """Those that are Locust's own business."""
    options = ["--class-picker"] if config.class_picker else []
    for flag, tags in (("--tags", config.tags), ("--exclude-tags", config.exclude_tags)):
        if tags:
            options += [flag, *tags, "--stop-timeout=60"]
    if config.master:
        options += ["--master", f"--expect-workers={config.expect_workers}"]
        options += [f"--master-bind-port={config.master_bind_port}"]
    if config.worker:
        options += [f"--master-host={config.master_host}", f"--master-port={config.master_port}"]
    return options


def _contracts(config: RunConfig, *, with_token: bool) -> Sequence[Contract]:
    try:
        return chosen(",".join(config.dialects)) or served(with_token=with_token)
    except ValueError as error:
        raise OptionFault(f"--dialects {error}") from error


def _fits_a_search(config: RunConfig) -> None:
    """A search starts many runs, and says itself how much load each of them has."""
    for name in ("web_port", "master", "freeze", "samples"):
        if getattr(config, name):
            flag = options_of(RunConfig)[name].flag
            raise OptionFault(f"--capacity makes many runs: leave out {flag}")
    if config.shape != "steady":
        raise OptionFault("--capacity tries steady loads: leave out --shape")


def _directive(written: str, contracts: Sequence[Contract]) -> None:
    """As who is asked will read it."""
    directive = f"[[mock: {written}]]"
    try:
        if any(contract.dialect != metronome.DIALECT for contract in contracts):
            if without_directives(directive):
                raise ValueError("brackets are the mock's")
            read_directive(directive)
        else:
            schedule_chunks(directive)
    except (ApiError, ValueError) as error:
        raise OptionFault(f"--directive {written}: {error}") from error


def _fault(written: str, contracts: Sequence[Contract]) -> Fault | None:
    """As the mock reads it; `None` for what the metronome alone has."""
    try:
        if any(contract.dialect != metronome.DIALECT for contract in contracts):
            return read_fault_text(written)
        schedule_chunks(f"[[mock: fault={written}]]")
        if written.startswith(Stall.name):
            return read_fault_text(written)  # the same in both
    except ValueError as error:
        raise OptionFault(f"--fault {written}: {error}") from error
    return None


def _noticed_ms(planted: Sequence[Fault | None], harm: str) -> float | None:
    """What is too long, where a stall is planted and nobody said what a stall is: a second, or less
    where that is what is planted."""
    stalls_ms = [
        fault.for_ns / 1e6
        for fault in planted
        if isinstance(fault, Stall) and fault.violation == harm
    ]
    return min([STALL_MS, *(_STALLED * ms for ms in stalls_ms)]) if stalls_ms else None
