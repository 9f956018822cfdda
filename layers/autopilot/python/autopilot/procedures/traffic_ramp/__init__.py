"""Moves requests off or onto a route in guarded steps."""
