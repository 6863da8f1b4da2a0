"""The pure core: jobs, slots, executions, time arithmetic and policies; no I/O and no clock."""
