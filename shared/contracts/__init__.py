"""Every event of the system, a file for each publisher."""

from shared.contracts import catalog, matching, portal, rounds

__all__ = ["catalog", "matching", "portal", "rounds"]
