"""The lab: the embedded AWS, the drills and the beliefs; never deployed."""
