"""How changes become calls: claim people, decide a round, make its calls, store the outcomes."""
