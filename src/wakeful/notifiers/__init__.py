"""The notification targets: one module each, found by its name."""
