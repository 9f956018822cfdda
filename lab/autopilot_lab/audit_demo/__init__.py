"""`autopilot audit demo`: the whole life of a trail on the embedded AWS, in one or two minutes."""
