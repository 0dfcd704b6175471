"""Compares the public surface of this package with LangGraph's.

`ci/api-diff --help` tells how to use it. The parts: `inventory` (what is importable, as lines of
text; runs in an environment of the suites), `sources` (where it is run, and for which modules),
`compare` (two inventories, and the divergences that are known), `command` (the command line).
"""
