"""Random lawful streams, a generator for each protocol: written from the protocol's own documents,
and never from our contracts, so that one can be held against the other.

Pure: the same generator of chance makes the same stream.
"""
