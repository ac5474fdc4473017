"""Contract file: a contract in YAML, read from and written to a file; faults name file and line."""

from pathlib import Path

import yaml

from tokentape.check.config import CouldNotRun
from tokentape.contract.contract import Contract, Json
from tokentape.contract.spelling import ContractFault, read_contract, spell
from tokentape.contract.spelling import Path as Place


def load_contract(file: Path) -> Contract:
    """Raises `CouldNotRun`: the file, the line, the path in it, and what would be right."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CouldNotRun(f"{file} can't be read: {error}") from error
    return parse_contract(text, str(file))


def parse_contract(text: str, name: str) -> Contract:
    """The contract that a file called `name` holds as `text`. Raises `CouldNotRun`, with the
    line."""
    try:
        root = yaml.compose(text, yaml.SafeLoader)
        spelled: Json = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        raise CouldNotRun(f"{name}{line}: not YAML: {error.problem or error}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CouldNotRun(f"{name}: not YAML: {error}") from error
    try:
        return read_contract(spelled)
    except ContractFault as fault:
        raise CouldNotRun(f"{name}:{_line(root, fault.path)}: {fault}") from fault


def dump_contract(contract: Contract) -> str:
    """The contract as a file would have it."""
    return yaml.safe_dump(
        spell(contract), sort_keys=False, allow_unicode=True, default_flow_style=None, width=100
    )


def _line(node: yaml.Node | None, path: Place) -> int:
    """The line of what a path leads to, or of the last thing on the way."""
    line = node.start_mark.line + 1 if node is not None else 1
    for part in path:
        found: tuple[int, yaml.Node] | None = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    found = key.start_mark.line + 1, value
        elif isinstance(node, yaml.SequenceNode) and int(part) < len(node.value):
            found = node.value[int(part)].start_mark.line + 1, node.value[int(part)]
        if found is None:
            return line
        line, node = found
    return line
