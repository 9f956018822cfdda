"""What the controls look at: everything that was read of an account, as frozen facts. Pure."""
