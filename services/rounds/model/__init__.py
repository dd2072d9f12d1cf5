"""The rules of a round: no I/O, and the time comes in as an argument."""
