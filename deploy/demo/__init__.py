"""A story that is played through the public HTTP interface, as people would live it."""
