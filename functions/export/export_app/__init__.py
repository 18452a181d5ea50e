"""Audiences to Campaign Monitor: set-up of the list, then membership changes, a thousand people a call."""
