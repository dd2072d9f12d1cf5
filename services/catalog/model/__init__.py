"""The rules of the catalog, by subject. Nothing here reads or writes; time comes in as an argument."""
