"""Restoring the ledger from its backup: copied, verified, approved, put back in one write."""
