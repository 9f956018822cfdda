"""The examples of the Amazon States Language specification, by topic."""
