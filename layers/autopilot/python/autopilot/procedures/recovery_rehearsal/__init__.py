"""The monthly rehearsal: whether a failover and a restore would go well, and how long they take."""
