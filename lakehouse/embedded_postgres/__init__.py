"""A Django database engine that brings its own PostgreSQL 18, from a wheel.

The first connection starts the server; it runs while any process uses it and stops
when the last one has gone, however that one ended. How: every user holds a shared
file lock that the kernel drops at its death, and a keeper process, the server's
parent, waits for the exclusive one. No list of process ids can go stale.
"""
