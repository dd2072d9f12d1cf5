"""What people and machines do with the portal, by subject."""
