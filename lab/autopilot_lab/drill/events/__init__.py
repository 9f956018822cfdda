"""What may stand on a scenario's timeline, one module for each kind of cause."""
