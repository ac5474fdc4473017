"""A new option of `tokentape load` is one field: help, form and docs have it from there."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tokentape.load_options import AMOUNT
from tokentape.options.option import FormField, OptionFault, option, options_of, read_options
from tokentape.options.table import options_table
from tokentape.ui.form import with_fields, written_in
from tokentape.ui.load.form import Here, LoadForm, options_for
from tokentape.ui.theme import front
from tokentape_load.run.options import parser
from tokentape_load.run.run_config import RunConfig, dump_config, load_config

HELP = "how long users hold their breath"
METADATA = option(
    help=HELP, group=AMOUNT, unit="s", above=0, most=60, form=FormField(label="Breath", most=30)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedRun(RunConfig):
    """The command's, with a field that nobody has heard of."""

    breath_s: float = field(default=2.5, metadata=METADATA)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedForm(LoadForm):
    """The page's, with the same."""

    breath_s: float = field(default=2.5, metadata=METADATA)


def test_a_new_field_is_in_the_commands_help_and_read_within_its_bounds() -> None:
    made = parser("tokentape load", ExtendedRun)
    assert HELP in made.format_help()
    assert "--breath-s BREATH_S" in made.format_help()
    written = vars(made.parse_args(["--breath-s", "7"]))
    assert read_options(ExtendedRun, written)["breath_s"] == 7
    with pytest.raises(OptionFault, match=r"^--breath-s 61: a number above 0 and up to 60 is"):
        read_options(ExtendedRun, {"breath_s": 61.0})


def test_a_new_field_is_in_the_docs_table_and_in_the_form() -> None:
    assert f"| `--breath-s` | `2.5` | {HELP} |" in list(options_table(ExtendedRun))
    markup = with_fields(front("load/load.html"), ExtendedForm)
    assert "<span>Breath, s</span>" in markup
    assert written_in({"users": 1, "run_time_s": 1, "breath_s": 3}, ExtendedForm)["breath_s"] == 3


def test_a_new_field_of_the_form_goes_on_the_command_line() -> None:
    form = ExtendedForm(breath_s=7.0)
    options = options_for(form, Here("http://x", None), Path("/x"), None)
    assert "--breath-s=7" in options
    assert "--breath-s=2.5" not in options_for(
        replace(form, breath_s=2.5), Here("http://x", None), Path("/x"), None
    )


def test_every_field_of_the_form_has_its_place_on_the_page() -> None:
    markup = with_fields(front("load/load.html"), LoadForm)
    assert "<!-- fields" not in markup
    assert "<!-- ticks" not in markup
    for each in options_of(LoadForm).values():
        assert f'name="{each.name}"' in markup, each.name


def test_a_token_is_in_no_copy_for_another_process() -> None:
    config = RunConfig(token="se.cr.et", users=3, journeys=("chat=2",))
    assert "se.cr.et" not in dump_config(config)
    assert load_config(dump_config(config)) == replace(config, token="")
