"""D-Bus: connections, calls, signals, and objects served on them."""
