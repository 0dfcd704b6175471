"""Serializers: how a checkpoint's values become bytes and come back."""
