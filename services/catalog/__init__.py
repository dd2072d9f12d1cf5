"""The catalog: companies, what they offer and what they need, one by one or a file at a time."""
