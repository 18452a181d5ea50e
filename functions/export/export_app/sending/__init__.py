"""How changes become calls to Campaign Monitor: claim people, decide a round, make its calls, store the outcomes."""
