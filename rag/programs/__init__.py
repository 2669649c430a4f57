"""Sourcier for other programs: an MCP server and an HTTP API over the same four functions.

Both only read, answer on this machine alone, and are there only while their command runs.
"""
