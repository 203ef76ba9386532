"""Runs real WebSocket libraries as testees and compares the verdicts with what they are known to be."""
