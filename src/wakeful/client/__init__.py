"""The client: everything the daemon offers on the bus, as calls with plain values.

Importing this package, its records or its errors does not load a D-Bus library; importing
`scheduler` does.
"""
