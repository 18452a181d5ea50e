"""Which version of the product this is: the only place that says so beside `pyproject.toml`, which a test compares."""

VERSION = "0.1.0"
