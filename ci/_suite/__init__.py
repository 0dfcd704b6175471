"""Runs upstream's own test suites on this package, and holds the outcome to a ledger.

`ci/suite --help` tells how to use it. The parts: `packages` (what is run), `plugins` (a pytest
plugin that writes down every outcome), `session` (one pytest run), `ledger` (the failures we
know of), `verdict` (outcome against ledger), `command` (the command line).
"""
