"""Puts back the last good release, configuration and settings, and verifies that it helps."""
