"""Leaves a region for the other one, because it is lost or somebody wants it; and comes back."""
