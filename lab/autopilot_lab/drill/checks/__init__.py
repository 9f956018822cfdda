"""What a scenario may expect, one module for each kind of evidence."""
