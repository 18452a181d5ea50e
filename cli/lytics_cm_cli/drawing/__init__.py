"""Pictures of the API's answers: pure functions of its JSON, and of `now` where they tell how long ago."""
