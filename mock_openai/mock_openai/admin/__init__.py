"""`/__mock__`: scenarios, gates, the journal and recordings, for people and test suites."""
