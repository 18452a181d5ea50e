"""`lytics-cm`: a command line over the HTTP API of a stack (docs/reference/cli.md)."""
