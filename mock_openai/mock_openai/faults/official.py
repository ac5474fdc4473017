"""What the official clients do with each fault, drawn from the faults themselves.

With a timeout of one second and no retries; that of the one for JavaScript is for the head alone.
"""

from mock_openai.faults import FAULTS
from mock_openai.faults.outcomes import NO_PLACE, Outcomes

OPENAI_VERSION = "3.52"
ANTHROPIC_VERSION = "2.14"
JAVASCRIPT_VERSION = "1.14"
"""Of Anthropic's client."""
OFFICIAL: dict[str, Outcomes] = {
    case: outcomes
    for name, kind in FAULTS.items()
    for case, outcomes in ((name, kind.official), *kind.variants.items())
}
IN_MESSAGES: dict[str, Outcomes] = {
    case: outcomes for case, outcomes in OFFICIAL.items() if outcomes.anthropic != NO_PLACE
}
"""Those that Anthropic's Messages have a place for."""
