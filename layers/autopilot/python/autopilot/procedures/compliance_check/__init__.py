"""The daily compliance check: controls, findings, score, report."""
