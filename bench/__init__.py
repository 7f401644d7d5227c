"""Measures Aplomb with real processes on loopback. It prints figures and asserts nothing: `python -m bench --help`."""
