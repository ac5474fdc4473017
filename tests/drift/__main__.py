"""`make drift`: the mock against the client's types, the published description, the real API.

python -m tests.drift            writes docs/deviations.md; fails on what nobody explained
python -m tests.drift --real     also asks OpenAI, with the key in OPENAI_API_KEY
"""

import argparse
import os
import sys

from tests.drift.asking import Api, exchanges
from tests.drift.judging import PUBLISHED, deviations
from tests.drift.known import reason_of
from tests.drift.page import PAGE, page
from tests.drift.real import differences, shapes
from tests.integration.mock_openai.conftest import serving

REAL = "https://api.openai.com/v1/"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drift", description=__doc__)
    parser.add_argument("--real", action="store_true", help="ask OpenAI too: this costs money")
    parser.add_argument("--model", default="gpt-4o-mini", help="the model that OpenAI is asked for")
    options = parser.parse_args()
    with serving() as served:
        heard = list(exchanges(Api(f"{served.url}/", "sk-any")))
    published = PUBLISHED.exists()
    found = deviations(heard, published=published)
    _say(f"{sum(len(one.documents) for one in heard)} documents of {len(heard)} exchanges")
    unexplained = [deviation for deviation in found if reason_of(deviation) is None]
    for deviation in unexplained:
        _say(f"not explained: {deviation} in {found[deviation]}")
    if published:
        PAGE.write_text(page(found), encoding="utf-8")
        _say(f"{len(found)} deviations, all of them in {PAGE.name}")
    else:
        _say("the published description is not here: only the client's types were judges")
    if options.real:
        key = os.environ.get("OPENAI_API_KEY")
        if not key:
            _say("--real needs a key in OPENAI_API_KEY")
            return 2
        real = list(exchanges(Api(REAL, key, options.model, directives=False)))
        for line in differences(shapes(heard), shapes(real)):
            _say(line)
    return 1 if unexplained else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
