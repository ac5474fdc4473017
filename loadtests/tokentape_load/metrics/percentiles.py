"""Which percentiles of a measure are shown where, and from how many values on."""

ENOUGH = {99.0: 100, 99.9: 1_000}
"""How many values a percentile needs before it is shown: below that it is only the largest."""

IN_TERMINAL = (50.0, 90.0, 99.0)
IN_REPORT = (50.0, 90.0, 99.0, 99.9)
"""In the HTML report's table of measures."""
IN_COMPARISON = (50.0, 99.0)
"""Two of a run beside two of another: `load --compare`."""
