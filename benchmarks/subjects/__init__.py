"""What is measured: one module each, with a function ``measure``."""
