"""The checks: pure functions from facts to findings, one module for each kind of fact."""
