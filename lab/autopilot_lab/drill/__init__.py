"""Drills: a scenario is played against the real templates, and what it expects is checked."""
