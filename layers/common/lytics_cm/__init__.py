"""What two or more functions need: the vendors' clients, the stored state, and how values travel."""
