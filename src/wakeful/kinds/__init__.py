"""The kinds of job: one module each, found by its name. What a kind does is say what to start."""
