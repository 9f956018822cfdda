"""Reads what an account holds, for the compliance check. Nothing in here can change anything."""
