"""Pages about needs and what is offered, for buyers, suppliers and who watches over both."""

from services.portal.pages.matching import (
    company,
    fairness,
    need,
    needs,
    new_company,
    offerings,
    opportunities,
)

BLUEPRINTS = tuple(
    each.bp for each in (needs, need, opportunities, offerings, company, new_company, fairness)
)
