"""What can be typed: each command asks the API, and hands its answer to a drawing."""
