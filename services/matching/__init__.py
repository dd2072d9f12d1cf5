"""Which suppliers fit which needs, why, and what both sides say of it."""
