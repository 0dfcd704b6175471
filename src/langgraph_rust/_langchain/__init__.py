"""The one place that touches langchain-core, always from inside a function.

Importing anything here imports nothing of langchain. `register` waits for langchain to be
imported by someone else and then joins our classes to its `Runnable`, our context variable to
its own; the other modules are reached only when a handler, a tracer or a message is there.
"""
