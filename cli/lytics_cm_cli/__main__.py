"""`python -m lytics_cm_cli` is `lytics-cm`."""

from lytics_cm_cli.app import main

main()
