"""A new option of `tokentape check` is one field: help, form and docs have it from there."""

from dataclasses import dataclass, field

import pytest
import typer
from typer.testing import CliRunner

from tokentape.check.cli import check_command
from tokentape.check.config import TRIALS, CheckConfig
from tokentape.options.option import FormField, option, options_of, read_options
from tokentape.options.table import options_table
from tokentape.ui.form import front_fields, with_fields, with_labels, written_in
from tokentape.ui.server_functions import UnfitInput
from tokentape.ui.theme import front

HELP = "How long to hold one's breath."


@dataclass(frozen=True, slots=True, kw_only=True)
class Extended(CheckConfig):
    """A config with a field that nobody has heard of."""

    breath_s: float = field(
        default=2.5,
        metadata=option(
            help=HELP, unit="s", least=0.5, form=FormField(label="Breath", group=TRIALS, most=60)
        ),
    )


def test_a_new_field_is_in_the_commands_help_with_default_and_bound() -> None:
    app = typer.Typer()
    app.command()(check_command(Extended))
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "120", "TERM": "dumb"}).output
    assert "--breath-s" in shown
    assert HELP in shown
    assert "[default: 2.5]" in shown
    assert "[x>=0.5]" in shown
    assert CliRunner().invoke(app, ["http://x", "--breath-s", "0.1"]).exit_code == 2


def test_a_new_field_is_in_the_docs_table() -> None:
    assert f"| `--breath-s` | `2.5` | {HELP} |" in list(options_table(Extended))


def test_a_new_field_is_in_the_form_and_its_message_names_it() -> None:
    markup = with_fields(front("check/check.html"), Extended)
    assert '<span>Breath, s</span><input class="tt-input" name="breath_s" type="number"' in markup
    assert 'min="0.5" max="60" value="2.5"' in markup
    assert written_in({"breath_s": 4}, Extended)["breath_s"] == 4
    with pytest.raises(UnfitInput, match=r"^Breath: a number from 0\.5 to 60 is needed\.$"):
        written_in({"breath_s": 61}, Extended)
    assert with_labels("leave --breath-s out", Extended) == "leave Breath out"
    assert front_fields(Extended)[-1]["flag"] == "--breath-s"


def test_every_field_of_the_form_has_its_place_on_the_page() -> None:
    markup = with_fields(front("check/check.html"), CheckConfig)
    assert "<!-- fields" not in markup
    assert "<!-- ticks" not in markup
    for each in options_of(CheckConfig).values():
        if each.option.form is not None and each.name != "mock_token":
            name = {"mock_url": "mock"}.get(each.name, each.name)
            assert markup.count(f'name="{name}"') == 1, each.name


def test_a_field_without_a_place_is_found_when_the_page_is_built() -> None:
    with pytest.raises(LookupError, match="the page has no place <!-- fields: first -->"):
        with_fields("<form></form>", CheckConfig)


def test_values_that_were_not_written_are_the_defaults() -> None:
    values = read_options(CheckConfig, {"url": "http://x", "cut_at": ["1,2", "7"], "turns": None})
    assert (values["cut_at"], values["turns"], values["headers"]) == ((1, 2, 7), 1, {})
    with pytest.raises(TypeError, match="CheckConfig has no option breath_s"):
        read_options(CheckConfig, {"breath_s": 1})
