"""The adapters: what knows libraries and the kernel; each implements a port of the services."""
