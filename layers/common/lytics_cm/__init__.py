"""What two or more functions need: the vendors' clients, the mapping language, the stored state."""
