"""Dashboards and metrics as people read them: rendered from a drill, and written out."""
