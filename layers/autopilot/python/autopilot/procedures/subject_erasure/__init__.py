"""Erasure of a person's data: requested, held back or carried out, proven by a signed receipt."""
