"""What at least two services use; imports nothing from services."""
