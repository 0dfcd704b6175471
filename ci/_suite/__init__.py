"""Runs upstream's own test suites on this package, and holds the outcome to a ledger.

`ci/suite --help` tells how to use it. The parts: `packages` (what is run), `service` (the
database that one of them needs), `plugins` (a pytest plugin that writes down every outcome),
`session` (one pytest run), `census` (how many tests upstream has), `ledger` (the failures we know
of) and its `conditions`, `verdict` (outcome against both), `command` (the command line).
"""
