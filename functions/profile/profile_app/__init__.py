"""The profile function: the one way in for rows, and what people ask about profiles."""
