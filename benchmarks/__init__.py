"""One runnable file for each figure that the project claims."""
