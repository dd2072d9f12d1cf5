"""Business rounds: registrations, meeting requests, agendas, meetings and what comes of them."""
