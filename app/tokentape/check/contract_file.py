"""Contract file: a contract in YAML, read from and written to a file; faults name file and line."""

from pathlib import Path

import yaml

from tokentape.check.could_not_run import CouldNotRun
from tokentape.contract.contract import Contract
from tokentape.contract.spelling import ContractFault, read_contract, spell
from tokentape.yaml_lines import YamlFault, read_yaml


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
        document = read_yaml(text)
    except YamlFault as fault:
        raise CouldNotRun(f"{name}{fault.at}: {fault}") from fault
    try:
        return read_contract(document.value)
    except ContractFault as fault:
        raise CouldNotRun(f"{name}:{document.line(fault.path)}: {fault}") from fault


def dump_contract(contract: Contract) -> str:
    """The contract as a file would have it."""
    return yaml.safe_dump(
        spell(contract), sort_keys=False, allow_unicode=True, default_flow_style=None, width=100
    )
