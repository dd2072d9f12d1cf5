"""A round on paper and in other people's programs: tables, a page to print, calendars."""
