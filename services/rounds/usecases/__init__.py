"""What people and events do in rounds, one function for each intention."""
