"""`python -m loadtests`: a load run with its own servers, or against yours, and an exit code.

Locust runs in a process of its own, because gevent must patch that one before anything else.
"""

import argparse
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from app.contract.contract import Contract
from app.dialects.contracts import CONTRACTS
from loadtests.stack import NotReady, Stack, own_stack
from loadtests.users.names import class_name
from loadtests.viewers.open import TRANSPORTS

LOADABLE = {key: each for key, each in CONTRACTS.items() if each.transport in TRANSPORTS}


def served() -> list[Contract]:
    """What our own app speaks: a promise may be written down before it is kept."""
    from app.dialects.servers import SERVERS  # heavy: only needed when nobody says what to speak

    return [contract for contract in LOADABLE.values() if contract.dialect in SERVERS]


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m loadtests",
        description="Streams under load: every answer's order and text is checked.",
        epilog=f"Contracts: {', '.join(LOADABLE)}.",
    )
    add = made.add_argument
    add("-u", "--users", type=int, default=50, help="users at once, spread over the contracts")
    add("-t", "--run-time", default="20s", help="how long new questions are asked: 20s, 5m")
    add("-r", "--spawn-rate", type=float, help="users a second at the start; all within 2 s")
    add("--host", help="root URL of your server; without it, an app and a mock are started")
    add("--mock", help="root URL of the mock-openai that your server streams from")
    add("--dialects", default="", help="such as ai-chat,ai-gateway/socketio; all by default")
    add("--seed", type=int, default=0, help="fixes all questions, and so all answers")
    add("--directive", default="", help="told to the mock in each question: 'tokens=400 gap=5ms'")
    add("--fault", action="append", default=[], help="fault for the mock to plant: duplicate@5")
    add("--fault-every", type=int, default=1, help="plant it in one answer of so many")
    add("--max-ttft-ms", type=float, help="an answer whose first token comes later is wrong")
    add("--max-gap-ms", type=float, help="an answer with a longer gap between tokens is wrong")
    add("--processes", type=int, help="processes to make the load with")
    add("--json", metavar="FILE", help="write the report as JSON as well")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """0: every answer was right. 1: not so, or there was none. 2: it could not be run."""
    made = parser()
    options = made.parse_args(arguments)
    try:
        contracts = chosen(options.dialects)
    except ValueError as error:
        made.error(str(error))
    if options.users < len(contracts):
        made.error(f"--users {options.users}: there are {len(contracts)} contracts to speak")
    if (options.fault or options.directive) and options.host and not options.mock:
        made.error("--fault and --directive need --mock: they are for a mock to read")
    # What was started is stopped on the way out, also when we are told to go.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        with _stack(options) as stack, TemporaryDirectory(prefix="tokentape-load-") as folder:
            return _locust(locust_command(options, contracts, stack, Path(folder)))
    except NotReady as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is a command line
        return 2
    except KeyboardInterrupt:
        return 130


def chosen(dialects: str) -> list[Contract]:
    """The contracts that a comma-separated list of dialects and contracts names."""
    names = [name.strip() for name in dialects.split(",") if name.strip()]
    if not names:
        return served()
    found: dict[str, Contract] = {}
    for name in names:
        matching = {key: each for key, each in LOADABLE.items() if name in (key, each.dialect)}
        if not matching:
            raise ValueError(f"--dialects {name}: there are {', '.join(LOADABLE)}")
        found |= matching
    return list(found.values())


@contextmanager
def _stack(options: argparse.Namespace) -> Iterator[Stack]:
    if options.host:
        yield Stack(options.host.rstrip("/"), (options.mock or "").rstrip("/"))
    else:
        with own_stack(options.seed) as stack:
            yield stack


def locust_command(
    options: argparse.Namespace, contracts: Sequence[Contract], stack: Stack, folder: Path
) -> list[str]:
    """How Locust is called. Its own summary, which is rounded, goes to a file in `folder`."""
    locustfile = Path(__file__).with_name("locustfile.py")
    given: dict[str, object] = {
        "--host": stack.host,
        "--users": options.users,
        "--spawn-rate": options.spawn_rate or max(1, options.users / 2),
        "--run-time": options.run_time,
        "--loglevel": "WARNING",
        "--json-file": folder / "locust.json",
        "--mock": stack.mock,
        "--seed": options.seed,
        "--directive": options.directive,
        "--fault-every": options.fault_every,
        "--max-ttft-ms": options.max_ttft_ms,
        "--max-gap-ms": options.max_gap_ms,
        "--processes": options.processes,
        "--report": options.json,
    }
    command = [sys.executable, "-m", "locust", "-f", str(locustfile), "--headless"]
    command += ["--only-summary"]
    for name, value in given.items():
        command += [f"{name}={value}"] if value not in (None, "") else []
    command += [f"--fault={fault}" for fault in options.fault]
    return [*command, *(class_name(contract) for contract in contracts)]


def _locust(command: Sequence[str]) -> int:
    """Locust gets Ctrl-C from the terminal as we do, ends the run and reports; we wait for it."""
    process = subprocess.Popen(command)  # noqa: S603 - our own interpreter
    patient = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return 0 if process.wait() == 0 else 1
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
        signal.signal(signal.SIGINT, patient)
