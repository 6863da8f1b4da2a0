"""The daemon as others see it on the bus: its names, its faces, and what they have in common."""
