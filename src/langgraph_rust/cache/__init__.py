"""Caches of what tasks wrote, by the input they had."""
