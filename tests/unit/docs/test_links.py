"""Every link of a page into the repository leads somewhere."""

from pathlib import Path

import pytest

from tests.unit.docs.pages import PAGES, links


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_of_the_page_leads_somewhere(path: Path) -> None:
    missing = [target for target in links(path) if not (path.parent / target).exists()]
    assert missing == []
