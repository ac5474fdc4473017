"""The command `certify`: how far the times can be trusted here."""

from pathlib import Path

import click

from mock_openai.cli.options import PATH, option


@click.command()
@option("--quick", is_flag=True, help="Four loads, a second each.")
@option(
    "--most",
    type=click.IntRange(1, 50_000),
    default=10_000,
    help="No more streams than these.",
)
@option(
    "--p50-ms",
    type=click.FloatRange(min=0),
    default=1.0,
    help="Trusted: half of all frames within this many milliseconds.",
)
@option(
    "--p99-ms",
    type=click.FloatRange(min=0),
    default=5.0,
    help="Trusted: 99 in 100 frames within this many milliseconds.",
)
@option("--svg", "svg_file", type=PATH, help="Write the plot here.")
@option("--json", "json_file", type=PATH, help="Write the figures here.")
def certify(
    quick: bool,
    most: int,
    p50_ms: float,
    p99_ms: float,
    svg_file: Path | None,
    json_file: Path | None,
) -> None:
    """Measure how late frames are at growing concurrency, and say how far to trust the times.

    Starts a mock of its own. About half a minute; exit code 1 when no load was on time.
    """
    from mock_openai.certify.command import certify as certify_here
    from mock_openai.certify.ladder import Bound

    bound = Bound(round(p50_ms * 1e6), round(p99_ms * 1e6))
    ok = certify_here(quick=quick, most=most, bound=bound, svg_file=svg_file, json_file=json_file)
    if not ok:
        click.get_current_context().exit(1)
