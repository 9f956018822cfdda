"""Answers an incident: observe, classify, tell, run a runbook, verify, report."""
