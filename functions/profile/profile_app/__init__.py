"""The profile function: the one door for rows, and what people ask about profiles."""
