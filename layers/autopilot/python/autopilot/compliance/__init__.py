"""The controls of the daily compliance check: pure judgements over frozen evidence."""
