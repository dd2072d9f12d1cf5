"""The five services; each imports shared and itself alone."""
