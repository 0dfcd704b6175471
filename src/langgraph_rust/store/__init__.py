"""Long-term memory: items by namespace and key, shared by threads."""
