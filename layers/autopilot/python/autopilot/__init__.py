"""Runbook Autopilot: the deployed package."""
