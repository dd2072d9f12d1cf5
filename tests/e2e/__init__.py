"""Whole systems, as a newcomer starts them. A package, so that they are stopped before the other tests run."""
