"""Whole systems, as a newcomer starts them. A package, so that they stop before the other tests run."""
