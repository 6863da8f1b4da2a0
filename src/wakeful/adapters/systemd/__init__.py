"""What the service manager and its journal are told."""
