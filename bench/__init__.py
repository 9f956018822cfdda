"""Measurements against peers: both in one run, in turns, given as a ratio."""
