"""The configuration: where it is, what it may contain, and what is wrong with it."""
