"""Checkpoint savers: what a graph's state is kept in between supersteps and runs."""
