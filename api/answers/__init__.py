"""The shapes of answers, a model each."""
