"""What is known of one person in one export, what the list should have of them, and what became of it."""
