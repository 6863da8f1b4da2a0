"""The services: what the daemon does, in terms of ports; no library, no kernel call."""
