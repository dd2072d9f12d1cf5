"""The pages for people, a file for each; they need no JavaScript."""
