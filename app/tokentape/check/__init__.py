"""`tokentape check` and `tokentape record`: any server held against a contract."""
