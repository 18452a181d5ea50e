"""What the product takes in seconds, calls and units, measured."""
