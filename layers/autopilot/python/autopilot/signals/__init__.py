"""What the service tells us: its metrics, and the alarms made from the profile."""
