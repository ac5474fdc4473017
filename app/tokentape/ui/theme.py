"""The theme and the front-end files. System fonts only: no request leaves the machine."""

from functools import cache
from pathlib import Path

import gradio as gr
from gradio.themes.utils.colors import Color

_UI = Path(__file__).parent

TEAL = Color(
    name="tape",
    c50="#eefaf8",
    c100="#d3f2ec",
    c200="#a9e4da",
    c300="#73cfc2",
    c400="#41b3a5",
    c500="#24968a",
    c600="#16786f",
    c700="#146059",
    c800="#144d48",
    c900="#13403c",
    c950="#052522",
)
_SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif")
_MONO = ("ui-monospace", "SF Mono", "Cascadia Mono", "Menlo", "DejaVu Sans Mono", "monospace")


@cache
def front(*names: str) -> str:
    """The named front-end files, one after another: `check/check.js` is a tab's own, and what
    several share has no folder in its name and stands in `front`."""
    paths = (_UI / name if "/" in name else _UI / "front" / name for name in names)
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def theme() -> gr.themes.Base:
    """Calm greys, one accent, the reader's own fonts."""
    look = gr.themes.Base(
        primary_hue=TEAL,
        secondary_hue=TEAL,
        neutral_hue=gr.themes.colors.slate,
        radius_size=gr.themes.sizes.radius_md,
        font=_SANS,
        font_mono=_MONO,
    )
    return look.set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        input_placeholder_color="*neutral_500",
        block_label_text_color="*neutral_600",
        block_title_text_weight="500",
        block_title_text_size="*text_sm",
        block_padding="8px 10px",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_text_color="white",
        block_border_width="1px",
        block_background_fill_dark="*neutral_900",
        input_background_fill="*neutral_50",
        input_background_fill_dark="*neutral_950",
        input_border_color="*neutral_200",
        input_border_color_dark="*neutral_700",
        input_border_width="1px",
        input_border_color_focus="*primary_600",
        input_border_color_focus_dark="*primary_400",
    )
