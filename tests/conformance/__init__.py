"""Does a channel behave, whatever its platform brings? `python -m tests.conformance --help`."""
