"""What others recorded, judged without a server: a `curl` log, JSON lines, a tape, a HAR."""
