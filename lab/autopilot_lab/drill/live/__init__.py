"""The live view of a drill in a terminal: it looks on between two instants and changes nothing."""
