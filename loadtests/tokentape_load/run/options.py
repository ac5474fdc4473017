"""Options: the command line of a load run, and what it asks for."""

import argparse
import os
import re
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from mock_openai.errors import ApiError
from mock_openai.faults.fault import Fault
from mock_openai.faults.reading import read_fault_text
from mock_openai.faults.stall import Stall
from mock_openai.request.overrides import read_directive, without_directives
from tokentape.contract.contract import Contract
from tokentape.contract.nearest import nearest
from tokentape.printable import visible
from tokentape_load.child_processes.server_freeze import Freeze
from tokentape_load.metrics.limits import DEFAULTS, KNOWN, Limits, LimitsFault, read_limits
from tokentape_load.metrics.validity import LAG_P99_MS
from tokentape_load.metronome import contract as metronome
from tokentape_load.metronome.schedule import beats
from tokentape_load.run.locust_process import TOKEN
from tokentape_load.run.run_config import RunConfig
from tokentape_load.run.run_state import USERS_MAX
from tokentape_load.workload.journeys import JOURNEYS, read_mix
from tokentape_load.workload.load_shape import SHAPES, WORDS
from tokentape_load.workload.targets import DIALECTS, LOADABLE, chosen, served

PROCESSES_MAX, RATE_MAX = 256, 100_000.0
STALL_MS, _STALLED = 1_000.0, 0.8
"""What counts as a stall when one is planted and nobody says what is too long, and of a shorter one
this share."""

_LIMITS_BYTES = 1_000_000

_TIME = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?")


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


def parser(prog: str) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog=prog,
        usage="%(prog)s [options]",
        description="Streams under load: every answer's order and text is checked, and its times\n"
        "are measured by a load generator that watches itself.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = made.add_argument_group("what is tested").add_argument
    add("--host", help="root URL of your server; without it, an app and a mock are started")
    add(
        "--mock",
        help="root URL of the mock-openai that your server streams from;"
        " MOCK_ADMIN_TOKEN is shown to it",
    )
    add("--dialects", default="", help="such as ai-chat,ai-gateway/socketio; our own by default")
    add("--journeys", default="", help="with weights: chat=8,stop=1,reconnect=1; all by default")
    add("--token", default="", help="JSON web token of all users; or TOKENTAPE_LOAD_TOKEN")
    add("--user", help="who the token says that they are; by default its own `sub`")
    add("--model", help="the model that is asked for")
    add("--server-pid", type=int, action="append", default=[], help="show its CPU and memory")

    add = made.add_argument_group("how much").add_argument
    add("-u", "--users", type=int, default=50, help="at once, spread over the contracts")
    add("-t", "--run-time", default="20s", help="how long new questions are asked: 20s, 5m, 1h30m")
    add("-r", "--spawn-rate", type=float, help="users a second at the start; all within 2 s")
    add("--rate", type=float, help="open loop: starts a second, whether answers come or not")
    add("--shape", choices=SHAPES, default="steady", help="how the load goes over the time")
    add("--turns", type=int, help="questions of each user, however long it takes")
    add("--pace", type=float, default=0.0, metavar="S", help="seconds of thought between turns")
    add("--capacity", action="store_true", help="find the highest load that keeps the limits")
    add("--processes", type=int, default=1, help="processes to make the load with")

    add = made.add_argument_group("what is asked, and what goes wrong").add_argument
    add("--freeze", metavar="S/S", help="halt the server so long, so often: 2s/10s; a hiccup")
    add("--seed", type=int, default=0, help="fixes all questions, and so all answers")
    add("--directive", default="", help="told to the mock in each question: 'tokens=400 gap=5ms'")
    add("--fault", action="append", default=[], help="fault for the mock to plant: duplicate@5")
    add("--fault-every", type=int, default=1, help="plant it in one answer of so many")

    add = made.add_argument_group("what must be kept").add_argument
    add("--limits", type=Path, metavar="FILE", help="limits by dialect, in YAML")
    add("--max-ttft-ms", type=float, help="an answer whose first token comes later is wrong")
    add("--max-gap-ms", type=float, help="so is one with a longer gap, or silence before its end")
    add("--silence", type=float, default=30.0, metavar="S", help="then a stream counts as lost")
    add("--order-only", action="store_true", help="judge order and text on any machine, not times")
    add("--no-calibration", action="store_true", help="no error bar, and a few seconds less")

    add = made.add_argument_group("what is told").add_argument
    add("--json", type=Path, metavar="FILE", help="all that the run knows, as JSON")
    add("--html", type=Path, metavar="FILE", help="a report with plots, in one file")
    add("--junit", type=Path, metavar="FILE", help="for CI")
    add("--compare", type=Path, metavar="FILE", help="the JSON of an earlier run, to show beside")
    add("--samples", type=Path, metavar="FILE", help="every answer's own times, a JSON line each")
    add("--progress-json", action="store_true", help="a JSON line a second on standard output")

    add = made.add_argument_group("Locust's own").add_argument
    add("--web", type=int, metavar="PORT", help="its interface on loopback, and begin from there")
    add("--class-picker", action="store_true", help="choose the contracts there")
    add("--tags", nargs="+", default=[], help="only journeys with one of these tags")
    add("--exclude-tags", nargs="+", default=[], help="no journeys with one of these tags")
    add("--master", action="store_true", help="wait for --expect-workers, and merge what they see")
    add("--expect-workers", type=int, default=1, help="how many, before the run begins")
    add("--master-bind-port", type=int, default=5557, help="where workers find it")
    add("--worker", action="store_true", help="make load for a master, which says what to do")
    add("--master-host", default="127.0.0.1", help="where that is")
    add("--master-port", type=int, default=5557, help="its --master-bind-port")
    return made


class OptionFault(Exception):
    """Which option is wrong, and how."""


def asked_of(options: argparse.Namespace) -> RunConfig:
    """What the options ask for; servers and calibration come later. Raises `OptionFault`."""
    # Our own app gets one made for it.
    with_token = bool(options.token or os.environ.get(TOKEN) or not options.host)
    contracts = _contracts(options.dialects, with_token=with_token)
    run_time_s = _seconds(options.run_time)
    _in_range("--users", options.users, 1, USERS_MAX)
    _in_range("--processes", options.processes, 1, PROCESSES_MAX)
    _in_range("--expect-workers", options.expect_workers, 1, PROCESSES_MAX)
    _in_range("--fault-every", options.fault_every, 1, 10**9)
    for name in ("rate", "spawn_rate", "max_ttft_ms", "max_gap_ms"):
        value = getattr(options, name)
        if value is not None and not 0 < value <= RATE_MAX:
            words = f"more than 0 is needed, and at most {RATE_MAX:,.0f}"
            raise OptionFault(f"--{name.replace('_', '-')} {value:g}: {words}")
    for name, url in (("--host", options.host), ("--mock", options.mock)):
        _is_url(name, url)
    for name in ("web", "master_port", "master_bind_port"):
        if (port := getattr(options, name)) is not None:
            _in_range(f"--{name.replace('_', '-')}", port, 1, 65_535)
    if options.turns is not None:
        _in_range("--turns", options.turns, 1, 10**6)
    if not 0 < options.silence <= 3_600:
        raise OptionFault(f"--silence {options.silence:g}: seconds, up to 3600")
    if not 0 <= options.pace <= 3_600:
        raise OptionFault(f"--pace {options.pace:g}: seconds from 0 to 3600")
    if options.users < len(contracts):
        raise OptionFault(
            f"--users {options.users}: there are {len(contracts)} contracts to speak;"
            " name fewer with --dialects"
        )
    if (options.fault or options.directive) and options.host and not options.mock:
        raise OptionFault("--fault and --directive need --mock: they are for a mock to read")
    if options.master and options.processes > 1:
        raise OptionFault("--processes starts workers itself: leave it out with --master")
    for tag in (*options.tags, *options.exclude_tags):
        if tag not in JOURNEYS:
            raise OptionFault(f"{tag}: no journey has this tag.{nearest(tag, JOURNEYS)}")
    if options.capacity:
        _fits_a_search(options)
    if not (options.token or "").isascii() or not (options.token or "a").isprintable():
        raise OptionFault("--token: it has characters that no token has")
    _directive(options.directive, contracts)
    planted = [_fault(fault, contracts) for fault in options.fault]
    for pid in options.server_pid:
        if not psutil.pid_exists(pid):
            raise OptionFault(f"--server-pid {pid}: there is no such process on this machine")
    try:
        mix = read_mix(options.journeys)
    except ValueError as error:
        raise OptionFault(f"--journeys {error}") from error
    return RunConfig(
        host=(options.host or "").rstrip("/"),
        mock=(options.mock or "").rstrip("/"),
        users=options.users,
        run_time_s=run_time_s,
        spawn_rate=options.spawn_rate,
        shape=options.shape,
        rate=options.rate,
        pace_s=options.pace,
        silence_s=options.silence,
        turns=options.turns,
        contracts=tuple(contract.key for contract in contracts),
        mix=tuple(mix.items()),
        seed=options.seed,
        directive=options.directive,
        faults=tuple(options.fault),
        fault_every=options.fault_every,
        max_ttft_ms=options.max_ttft_ms or _noticed_ms(planted, "first_token_late"),
        max_gap_ms=options.max_gap_ms or _noticed_ms(planted, "stalled"),
        model=options.model,
        sub=options.user,
        processes=options.expect_workers if options.master else options.processes,
        forks=not options.master,
        limits=_limits(options.limits),
        server_pids=tuple(options.server_pid),
        freeze=_freeze(options),
        samples=str(options.samples or ""),
        order_only=options.order_only,
        progress_json=options.progress_json,
        web_port=options.web,
    )


def locust_options(options: argparse.Namespace) -> Sequence[str]:
    """Those that are Locust's own business."""
    found = ["--class-picker"] if options.class_picker else []
    for name in ("tags", "exclude_tags"):
        if given := getattr(options, name):
            found += [f"--{name.replace('_', '-')}", *given, "--stop-timeout=60"]
    if options.master:
        found += ["--master", f"--expect-workers={options.expect_workers}"]
        found += [f"--master-bind-port={options.master_bind_port}"]
    if options.worker:
        found += [f"--master-host={options.master_host}", f"--master-port={options.master_port}"]
    return found


def _contracts(dialects: str, *, with_token: bool) -> Sequence[Contract]:
    try:
        return chosen(dialects) or served(with_token=with_token)
    except ValueError as error:
        raise OptionFault(f"--dialects {error}") from error


def _fits_a_search(options: argparse.Namespace) -> None:
    """A search starts many runs, and says itself how much load each of them has."""
    for name in ("web", "master", "freeze", "samples"):
        if getattr(options, name):
            raise OptionFault(f"--capacity makes many runs: leave out --{name}")
    if options.shape != "steady":
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
            beats(directive)
    except (ApiError, ValueError) as error:
        raise OptionFault(f"--directive {written}: {error}") from error


def _fault(written: str, contracts: Sequence[Contract]) -> Fault | None:
    """As the mock reads it; `None` for what the metronome alone has."""
    try:
        if any(contract.dialect != metronome.DIALECT for contract in contracts):
            return read_fault_text(written)
        beats(f"[[mock: fault={written}]]")
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


def _limits(path: Path | None) -> Limits:
    if path is None:
        return DEFAULTS
    try:
        with path.open("rb") as file:
            written = file.read(_LIMITS_BYTES + 1)
        if len(written) > _LIMITS_BYTES:
            raise LimitsFault(f"more than {_LIMITS_BYTES:,} bytes are no limits")
        return read_limits(written.decode("utf-8"))
    except OSError as error:
        raise OptionFault(f"--limits {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise OptionFault(f"--limits {path}: it is not UTF-8 text") from error
    except LimitsFault as fault:
        raise OptionFault(f"--limits {path}: {visible(str(fault))}") from fault


def _freeze(options: argparse.Namespace) -> Freeze | None:
    if options.freeze is None:
        return None
    length, slash, every = options.freeze.partition("/")
    if not slash:
        raise OptionFault(f"--freeze {options.freeze}: write it as 2s/10s: so long, so often")
    if options.host and not options.server_pid:
        raise OptionFault("--freeze needs --server-pid: the process that is to be halted")
    freeze = Freeze(_seconds(length, "--freeze"), _seconds(every, "--freeze"))
    if freeze.for_s >= freeze.every_s:
        raise OptionFault(f"--freeze {options.freeze}: it has to be shorter than its distance")
    return freeze


def _seconds(written: str, name: str = "--run-time") -> float:
    found = _TIME.fullmatch(written.strip())
    hours, minutes, seconds = found.groups() if found else (None, None, None)
    total = int(hours or 0) * 3_600 + int(minutes or 0) * 60 + float(seconds or 0)
    if not 0 < total <= 31 * 86_400:
        raise OptionFault(f"{name} {written}: write it as 20s, 5m or 1h30m, 31 days at most")
    return total


def _is_url(name: str, url: str | None) -> None:
    if url is None:
        return
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if not right:
        raise OptionFault(f"{name} {url}: write it as http://host:port")


def _in_range(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise OptionFault(f"{name} {value}: a whole number from {least} to {most}")
