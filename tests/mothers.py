"""Test data that two services need: one place says what a plausible company or need looks like."""
