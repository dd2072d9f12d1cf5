"""What an organizer reads of a round: its plan, and where it stands."""

TEXTS: dict[str, tuple[str, str]] = {
    "nav_home": ("Inicio", "Home"),
    "nav_of_round": ("Páginas de la rueda", "Pages of the round"),
    "nav_round": ("Así va la rueda", "Where it stands"),
    "nav_registrations": ("Inscripciones", "Registrations"),
    "nav_agenda": ("Agenda", "Agenda"),
    "nav_live": ("Jornada", "The day"),
    "nav_results": ("Resultados", "Results"),
    "nav_rules": ("Reglas", "Rules"),
    "your_rounds": ("Sus ruedas de negocios", "Your business rounds"),
    "all_your_rounds": ("Ver todas sus ruedas", "See all your rounds"),
    "following": ("Ver las siguientes", "See those that follow"),
    "from_start": ("Volver al comienzo de la lista", "Back to the start of the list"),
    "go_back": ("Volver", "Go back"),
    "all": ("Todas", "All"),
    "of": ("{n} de {m}", "{n} of {m}"),
    "done_saved": ("Quedó guardado.", "Saved."),
    "done_made": (
        "La rueda quedó creada. Solo usted la ve hasta que la anuncie.",
        "The round is made. Nobody but you sees it until you announce it.",
    ),
    "done_led_on": ("Listo: la rueda pasó a su nuevo estado.", "Done: the round is in its new state."),
    # The plan
    "new_round": ("Nueva rueda", "New round"),
    "make_round": ("Crear la rueda", "Make the round"),
    "change_plan": ("Cambiar el plan", "Change the plan"),
    "new_round_how": (
        "Mientras la rueda esté en preparación puede cambiar todo esto. Después, las fechas, las horas y "
        "las mesas quedan fijas.",
        "You can change all this while the round is being prepared. After that, dates, hours and tables "
        "are fixed.",
    ),
    "round_name": ("Nombre de la rueda", "Name of the round"),
    "round_sector": ("Sector", "Sector"),
    "round_sector_hint": ("Por ejemplo: alimentos, confección, turismo", "Such as food, clothing, tourism"),
    "when": ("Cuándo", "When"),
    "first_day": ("Primer día", "First day"),
    "last_day": ("Último día", "Last day"),
    "last_day_hint": ("Vacío si es de un solo día", "Empty if it lasts one day"),
    "morning_from": ("Mañana, desde", "Morning, from"),
    "morning_to": ("Mañana, hasta", "Morning, to"),
    "afternoon_from": ("Tarde, desde", "Afternoon, from"),
    "afternoon_to": ("Tarde, hasta", "Afternoon, to"),
    "afternoon_hint": (
        "Entre las dos jornadas hay una pausa. Si todo es seguido, deje la tarde vacía.",
        "Between the two there is a break. If there is only one session, leave the afternoon empty.",
    ),
    "last_day_to": ("El último día, hasta", "Last day, to"),
    "last_day_to_hint": ("Solo si termina a otra hora que los demás", "Only if it ends at another hour"),
    "slot_minutes": ("Minutos por cita", "Minutes for each meeting"),
    "time_zone": ("Hora de", "Time zone"),
    "days_are_special": (
        "Los días de esta rueda tienen horarios distintos, que se cargaron con un programa; aquí se "
        "conservan como están.",
        "The days of this round differ from each other and were set by a program; they stay as they are.",
    ),
    "date_missing": ("Elija una fecha.", "Choose a date."),
    "days_unclear": (
        "El último día debe ser igual o posterior al primero, y la rueda puede durar hasta 31 días.",
        "The last day must not be before the first, and a round takes up to 31 days.",
    ),
    "modality": ("Dónde se reúnen", "Where people meet"),
    "modality_in_person": ("Presencial", "In person"),
    "modality_virtual": ("Virtual", "Virtual"),
    "modality_hybrid": ("Híbrida", "Hybrid"),
    "tables_count": ("Mesas", "Tables"),
    "tables_hint": ("En una rueda virtual no se tienen en cuenta", "Not used in a virtual round"),
    "room_base_url": ("Dirección de las salas virtuales", "Address of the virtual rooms"),
    "room_hint": ("En una rueda presencial no se tiene en cuenta", "Not used in a round in person"),
    "needs_approval": (
        "Quiero aprobar cada inscripción antes de que participe",
        "I want to approve each registration before it takes part",
    ),
    # Where it stands
    "what_next": ("Lo que sigue", "What comes next"),
    "now": ("Ahora", "Now"),
    "how_it_stands": ("Cómo va", "How it stands"),
    "the_plan": ("El plan", "The plan"),
    "plan_slots": ("{slots} horarios en {days} días.", "{slots} slots on {days} days."),
    "plan_slots_one_day": ("{slots} horarios en un día.", "{slots} slots on one day."),
    "plan_tables": (
        "Con {tables} mesas caben hasta {meetings} citas.",
        "With {tables} tables up to {meetings} meetings fit.",
    ),
    "life_of_round": ("Los pasos de la rueda", "The steps of the round"),
    "about_draft": (
        "Solo usted ve esta rueda. Al anunciarla, las empresas ya la pueden consultar; aún no se inscriben.",
        "Nobody but you sees this round. Once you announce it companies can look at it, but not register.",
    ),
    "about_announced": (
        "Las empresas ya la ven. Ábrala a inscripciones cuando esté lista.",
        "Companies can see it. Open the registration when you are ready.",
    ),
    "about_registration_open": (
        "Las empresas se inscriben. Al abrir las solicitudes, las inscritas piden sus citas; las demás aún "
        "pueden inscribirse.",
        "Companies register. Once you open the requests, those registered ask for meetings; others can "
        "still register.",
    ),
    "about_requests_open": (
        "Las empresas piden y responden citas. Cuando haya suficientes, prepare la agenda: eso cierra las "
        "solicitudes.",
        "Companies ask for meetings and answer. When there are enough, make the agenda: that ends the "
        "requests.",
    ),
    "about_agenda_draft": (
        "Hay que revisar el borrador de la agenda y publicarlo. Nadie lo ve todavía.",
        "The draft of the agenda is to be reviewed and published. Nobody sees it yet.",
    ),
    "about_published": (
        "Cada empresa ya tiene su agenda. Los cambios que haga desde ahora se avisan a quienes toca.",
        "Every company has its agenda. Whatever you change from now on is told to those concerned.",
    ),
    "about_running": (
        "La rueda está en curso. En «Jornada» ve quién falta y atiende lo que se presente.",
        "The round is running. “The day” shows who is missing and what there is to decide.",
    ),
    "about_closed": (
        "La rueda terminó. El sistema pregunta a las partes qué se vendió a los 30, 90, 180 y 365 días.",
        "The round is over. The system asks both sides what was sold after 30, 90, 180 and 365 days.",
    ),
    "about_followed_up": ("El seguimiento terminó.", "The follow-up is over."),
    "comes_registration_from": (
        "La inscripción se abre sola: {when}",
        "Registration opens by itself: {when}",
    ),
    "comes_registration_until": ("La inscripción cierra: {when}", "Registration closes: {when}"),
    "comes_requests_from": ("Las solicitudes se abren solas: {when}", "Requests open by themselves: {when}"),
    "comes_requests_until": ("Se piden citas hasta: {when}", "Meetings can be asked for until: {when}"),
    "comes_starts": ("Empieza sola: {when}", "It starts by itself: {when}"),
    "comes_ends": ("La última cita termina: {when}", "The last meeting ends: {when}"),
    "comes_follow_up": ("La próxima pregunta sale: {when}", "The next question goes out: {when}"),
    "to_announced": ("Anunciar la rueda", "Announce the round"),
    "to_registration_open": ("Abrir las inscripciones", "Open the registration"),
    "to_requests_open": ("Abrir las solicitudes de cita", "Open the meeting requests"),
    "to_running": ("Empezar ya", "Start now"),
    "to_closed": ("Cerrar la rueda", "Close the round"),
    "to_followed_up": ("Terminar el seguimiento", "End the follow-up"),
    "go_requests_open": ("Preparar la agenda", "Make the agenda"),
    "go_agenda_draft": ("Revisar y publicar la agenda", "Review and publish the agenda"),
    "go_published": ("Ver la jornada", "See the day"),
    "go_running": ("Atender la jornada", "Run the day"),
    "go_closed": ("Ver los resultados", "See the results"),
    "go_followed_up": ("Ver los resultados", "See the results"),
    "sure": ("¿Está seguro?", "Are you sure?"),
    "sure_requests_open": (
        "Las empresas inscritas podrán pedir y responder citas. Si ya había un borrador de agenda, queda "
        "guardado, pero habrá que generar otro.",
        "Registered companies will be able to ask for meetings and answer. A draft of the agenda is kept, "
        "but you will have to make another one.",
    ),
    "sure_running": (
        "La rueda queda en curso antes de su hora. No se puede devolver.",
        "The round will be running before its time. This can't be taken back.",
    ),
    "sure_closed": (
        "Ya no habrá cambios en la agenda y la rueda no se puede volver a abrir. Sus resultados generales, "
        "sin cifras de nadie en particular, quedan públicos. A los 30, 90, 180 y 365 días se pregunta por "
        "correo a cada parte qué vendió.",
        "The agenda will not change any more and the round can't be opened again. Its overall results, "
        "without anybody's own figures, become public. After 30, 90, 180 and 365 days each side is asked "
        "by mail what was sold.",
    ),
    "sure_followed_up": (
        "No se preguntará más a las partes qué vendieron. No se puede deshacer.",
        "Nobody will be asked any more what was sold. This can't be undone.",
    ),
    "count_pending": ("Inscripciones por aprobar", "Registrations to approve"),
    "waiting_list": ("{n} en lista de espera", "{n} on the waiting list"),
    "count_companies": ("Empresas que participan", "Companies that take part"),
    "buyers_suppliers": (
        "{buyers} compradores, {suppliers} proveedores",
        "{buyers} buyers, {suppliers} suppliers",
    ),
    "count_requests": ("Solicitudes de cita", "Meeting requests"),
    "requests_states": (
        "Sin responder: {pending} · aceptadas: {accepted} · rechazadas: {declined} · vencidas: {expired}",
        "Without an answer: {pending} · accepted: {accepted} · declined: {declined} · expired: {expired}",
    ),
    "count_forecast": ("Solicitudes que no caben", "Requests that will not fit"),
    "forecast_note": (
        "{n} empresas con más solicitudes que horarios",
        "{n} companies with more requests than slots",
    ),
    "count_agenda": ("Agenda", "Agenda"),
    "version_note_published": ("citas en firme, de las aceptadas", "meetings scheduled, of those accepted"),
    "version_note_draft": ("última versión, sin publicar", "latest version, not published"),
    "version_note_none": ("aún no se ha generado", "not made yet"),
    "count_arrived": ("Empresas que ya llegaron", "Companies that have arrived"),
    "count_disputes": ("Asistencias en disputa", "Disputes on attendance"),
    "count_changes": ("Cambios pedidos", "Changes asked for"),
    "count_offers": ("Espacios libres ofrecidos", "Free slots on offer"),
    "count_follow_ups": ("Seguimientos sin respuesta", "Follow-ups without an answer"),
    "of_asked": ("de {n} preguntas enviadas", "of {n} questions sent"),
}
