"""The embedded AWS: clock, cloud, states language, world. Nothing in here is ever deployed."""
