"""The mock's journal as the load users read it."""

from tests.unit.app.contract.test_script import ENTRY
from tokentape.client.mock_admin import JournalEntry
from tokentape_load.judging.mock_journal import report_of


def test_only_faults_that_were_placed_and_do_harm_are_due() -> None:
    faults = [
        {"fault": "duplicate", "at": "chunk 1", "violation": "text_repeated", "placed": True},
        {"fault": "lose", "at": "chunk 90", "violation": "text_lost", "placed": False},
        {"fault": "comments", "at": "chunk 0", "violation": "none", "placed": True},
    ]
    entry = dict(ENTRY)
    assert report_of(JournalEntry.read({**entry, "faults": faults})).harms == ("text_repeated",)
    assert report_of(JournalEntry.read(entry)).harms == ()
