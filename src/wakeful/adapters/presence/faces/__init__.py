"""The faces the daemon shows on the bus: one module each, found by its name.

A face has a class, under the name ``FACE``, with the members of
`wakeful.adapters.presence.face.Face`.
"""
