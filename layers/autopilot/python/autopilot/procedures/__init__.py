"""The runbooks: pure planning and judging, and the port-driven carrying out."""
