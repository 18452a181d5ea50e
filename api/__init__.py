"""The HTTP API described as OpenAPI 3.1, from what the functions' code knows and a table that adds the rest.

Never deployed: no function imports it, so that a cold start pays nothing for it. `python -m api` writes the
description and the page made from it; with `--check` it compares them.
"""
