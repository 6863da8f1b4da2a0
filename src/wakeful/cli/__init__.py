"""The command line: a client of the daemon, and nothing that the daemon needs."""
