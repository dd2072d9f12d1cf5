"""Whole files, read line by line: the good records are kept, the others reported."""
