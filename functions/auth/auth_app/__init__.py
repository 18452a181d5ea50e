"""May we act for this account? Connecting Campaign Monitor accounts, and the admin token's check."""
