"""Older home of two modules of helpers."""
