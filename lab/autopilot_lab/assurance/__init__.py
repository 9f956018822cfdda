"""Assurance: a runbook under every failing call, every crash and every pull of the stop lever."""
