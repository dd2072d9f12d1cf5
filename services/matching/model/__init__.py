"""The rules of matching around its engine: what people decide, and how a kept shortlist changes."""
