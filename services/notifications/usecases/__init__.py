"""What this service does, a module for each subject."""
