"""How the whole system is: what a person must know or do now, its dead letters, and its API's description."""
