"""The vendors call us: deliveries become rows and membership changes."""
