"""Pages for those who meet: requests, rooms, and what came of a meeting."""

from services.portal.pages.meetings import meeting, requests, rooms

BLUEPRINTS = tuple(each.bp for each in (requests, rooms, meeting))
