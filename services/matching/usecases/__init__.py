"""What the matching service does: copies of the catalog, the ranking, decisions, reading."""
