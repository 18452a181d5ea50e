"""The two vendors on your machine: enough of their APIs, as strict as the real ones, for the demo and the tests."""
