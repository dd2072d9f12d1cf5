"""Pages for the organizer of a round."""

from services.portal.pages.rounds import (
    agenda,
    live,
    overview,
    plans,
    registering,
    registration,
    registrations,
    requests,
    results,
    rules,
    timetable,
    version,
)

BLUEPRINTS = tuple(
    each.bp
    for each in (
        plans,
        overview,
        registering,
        registration,
        registrations,
        requests,
        agenda,
        version,
        timetable,
        live,
        results,
        rules,
    )
)
