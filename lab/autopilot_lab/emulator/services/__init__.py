"""Services of AWS that the runbooks need and moto lacks: one class each, in virtual time."""
