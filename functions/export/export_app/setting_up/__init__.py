"""How a list is made ready for an export and kept so, and how existing members are read."""
