"""What the pages say, in Spanish and in English."""

from __future__ import annotations

from services.portal.model import LANGUAGES, LINK_LIFE

_MINUTES = int(LINK_LIFE.total_seconds() // 60)

TEXTS: dict[str, tuple[str, str]] = {
    "tagline": (
        "Pequeños proveedores y grandes compradores, de la necesidad al negocio.",
        "Small suppliers and large buyers, from need to deal.",
    ),
    "skip": ("Ir al contenido", "Skip to content"),
    "other_language": ("English", "Español"),
    "sign_in": ("Ingresar", "Sign in"),
    "sign_in_how": (
        f"Escriba su correo y le enviaremos un enlace que sirve una sola vez, durante {_MINUTES} "
        "minutos. No hay contraseñas.",
        f"Type your e-mail address and we will send you a link that works once, for {_MINUTES} "
        "minutes. There are no passwords.",
    ),
    "email": ("Correo electrónico", "E-mail address"),
    "send_link": ("Enviarme el enlace", "Send me the link"),
    "sent": ("Revise su correo", "Look at your e-mail"),
    "sent_how": (
        "Si la dirección es correcta, en un momento le llegará un enlace para ingresar. Si no lo ve, "
        "mire en el correo no deseado o pida otro en unos minutos.",
        "If the address is right, a sign-in link will reach you in a moment. If you do not see it, "
        "look in the junk mail or ask for another one in some minutes.",
    ),
    "confirm": ("Un paso más", "One more step"),
    "confirm_how": (
        "Pulse el botón para ingresar. El enlace queda usado en ese momento.",
        "Press the button to sign in. The link is used up at that moment.",
    ),
    "enter": ("Entrar a Encadena", "Enter Encadena"),
    "ask_again": ("Pedir otro enlace", "Ask for another link"),
    "what_for": ("Para qué usamos sus datos", "What we use your data for"),
    "sign_out": ("Salir", "Sign out"),
    "hello": ("Hola", "Hello"),
    "acting_for": ("Empresa", "Company"),
    "your_companies": ("Sus empresas", "Your companies"),
    "no_company": (
        "Su cuenta todavía no actúa por ninguna empresa. Cuando registre la suya en el directorio, o "
        "alguien de ella le invite, aquí verá sus cifras.",
        "Your account does not act for a company yet. Once you register yours in the directory, or "
        "somebody of it invites you, you will see its figures here.",
    ),
    "as_supplier": ("Como proveedor", "As a supplier"),
    "as_anchor": ("Como comprador", "As a buyer"),
    "as_organizer": ("Ruedas de negocios", "Business rounds"),
    "opportunities": ("Oportunidades", "Opportunities"),
    "best_opportunities": ("Las que mejor encajan", "The best fits"),
    "no_opportunities": (
        "Aún no hay necesidades que encajen con lo que ofrece. Publique una oferta o describa mejor "
        "las que tiene.",
        "No need fits what you offer yet. Publish an offering, or describe yours better.",
    ),
    "requests_waiting": ("Solicitudes por responder", "Requests to answer"),
    "all_requests": ("Ver todas las solicitudes", "See all requests"),
    "no_requests": ("No hay solicitudes por responder.", "There are no requests to answer."),
    "more_after_these": (
        "Hay más: aparecen al responder estas.",
        "There are more: they follow once you answer these.",
    ),
    "say_yes": ("Aceptar", "Accept"),
    "say_no": ("Rechazar", "Decline"),
    "answer_until": ("responda antes del", "answer before"),
    "request_accepted": (
        "Aceptó la cita. La hora la verá en la agenda de la rueda.",
        "You accepted. You will find the time in the round's agenda.",
    ),
    "request_declined": ("Rechazó la cita; ya le avisamos.", "You declined; they have been told."),
    "room_starts": ("La cita empieza:", "The meeting starts:"),
    "room_opens": ("La sala abre:", "The room opens:"),
    "room_left": ("Falta para que abra la sala", "Until the room opens"),
    "room_waits": (
        "Deje esta página abierta y entrará sola, o",
        "Leave this page open and you will be led in, or",
    ),
    "room_again": ("pruebe de nuevo", "try again"),
    "calendar": ("Sus citas en su calendario", "Your meetings in your calendar"),
    "calendar_what": (
        "Con una dirección secreta su programa de calendario mantiene sus citas al día.",
        "With a secret address your calendar program keeps your meetings up to date.",
    ),
    "calendar_open": ("Crear una dirección", "Make an address"),
    "calendar_close": ("Anular la que hay", "End the one there is"),
    "calendar_how": (
        "Péguela en su programa de calendario, donde dice «desde una dirección» o «suscribirse».",
        "Paste it into your calendar program, where it says “from an address” or “subscribe”.",
    ),
    "calendar_secret": (
        "No la comparta: quien la tenga ve sus citas. Si crea otra, esta deja de servir.",
        "Do not share it: whoever has it sees your meetings. If you make another, this one ends.",
    ),
    "calendar_closed": (
        "La dirección ya no sirve. Puede crear otra cuando quiera.",
        "The address opens nothing any more. You can make another one at any time.",
    ),
    "meeting_with": ("Cita con", "Meeting with"),
    "saved": ("Quedó guardado. Puede corregirlo cuando quiera.", "Saved. You can correct it at any time."),
    "who_came": ("¿Quién llegó?", "Who came?"),
    "came": ("llegó", "came"),
    "did_not_come": ("no llegó", "did not come"),
    "is_here": ("Llegó", "Is here"),
    "is_not_here": ("No llegó", "Did not come"),
    "disputed": (
        "Las dos partes dicen cosas distintas; decide quien organiza la rueda.",
        "The two sides differ; the round's organizer decides.",
    ),
    "outcome": ("¿Cómo les fue?", "How did it go?"),
    "interest": ("Interés en hacer negocio", "Interest in doing business"),
    "interest_high": ("Alto", "High"),
    "interest_medium": ("Medio", "Medium"),
    "interest_low": ("Bajo", "Low"),
    "interest_none": ("Ninguno", "None"),
    "expected_deal": ("Negocio que espera (si lo hay)", "Deal that you expect (if any)"),
    "amount": ("Valor", "Value"),
    "currency": ("Moneda", "Currency"),
    "probability": ("Probabilidad", "Probability"),
    "horizon": ("Plazo", "Horizon"),
    "month": ("mes", "month"),
    "months": ("meses", "months"),
    "expects": ("espera", "expects"),
    "next_step": ("Próximo paso (si lo hay)", "Next step (if any)"),
    "what": ("Qué se hará", "What is to be done"),
    "owner": ("Quién lo hace", "Who does it"),
    "due": ("Para cuándo", "By when"),
    "amount_unclear": (
        "No se entiende el valor. Escríbalo con números, por ejemplo 12.000.000.",
        "The value is not clear. Write it in figures, such as 12,000,000.",
    ),
    "agreement": ("Un solo valor para los dos", "One figure for both"),
    "agreed_on": ("Las dos partes acordaron", "Both sides agreed on"),
    "proposes": ("propone registrar", "proposes to record"),
    "propose_figure": ("Proponer ese valor para los dos", "Propose that figure for both"),
    "accept_figure": ("Aceptar ese valor", "Accept that figure"),
    "sold": ("¿Qué se vendió?", "What was sold?"),
    "sold_until_now": ("Valor vendido hasta hoy", "Value sold until today"),
    "next_meetings": ("Próximas citas", "Next meetings"),
    "no_meetings": ("No tiene citas próximas.", "You have no meetings ahead."),
    "expected": ("Negocio esperado", "Expected business"),
    "expected_note": (
        "Suma de lo que su empresa dijo que espera de sus citas, sin ponderar por probabilidad.",
        "Sum of what your company said it expects of its meetings, not weighted by probability.",
    ),
    "open_needs": ("Necesidades abiertas", "Open needs"),
    "no_needs": (
        "No tiene necesidades abiertas. Publique una para recibir candidatos.",
        "You have no open needs. Publish one to get candidates.",
    ),
    "candidates": ("Candidatos", "Candidates"),
    "closes": ("Cierra", "Closes"),
    "fit": ("Ajuste", "Fit"),
    "table": ("Mesa", "Table"),
    "room": ("Sala virtual", "Virtual room"),
    "buyers": ("Compradores", "Buyers"),
    "suppliers": ("Proveedores", "Suppliers"),
    "requested": ("Citas pedidas", "Meetings requested"),
    "scheduled": ("Citas en agenda", "Meetings scheduled"),
    "held": ("Citas celebradas", "Meetings held"),
    "no_rounds": ("Todavía no ha creado ruedas.", "You have not made a round yet."),
    "messages": ("Mensajes", "Messages"),
    "no_messages": ("No tiene mensajes.", "You have no messages."),
    "unavailable": (
        "No disponible en este momento. Vuelva a cargar la página en un minuto.",
        "Not available at the moment. Load the page again in a minute.",
    ),
    "your_account": ("Su cuenta", "Your account"),
    "name": ("Nombre", "Name"),
    "language": ("Idioma", "Language"),
    "save": ("Guardar", "Save"),
    "export": ("Descargar mis datos", "Download my data"),
    "erase": ("Borrar mi cuenta y mis datos", "Erase my account and my data"),
    "erase_how": (
        "Se borran su cuenta, sus sesiones y sus claves, y deja de actuar por sus empresas. No se puede "
        "deshacer.",
        "Your account, sessions and keys are erased, and you no longer act for your companies. This "
        "can't be undone.",
    ),
    "erase_sure": ("Sí, quiero borrarlos", "Yes, I want to erase them"),
    "erase_now": ("Borrar", "Erase"),
    "erased": ("Sus datos se borraron", "Your data are erased"),
    "erased_how": (
        "Ya no guardamos su cuenta. Los demás servicios borran lo suyo en los próximos minutos.",
        "We no longer keep your account. The other services erase what they have in the next minutes.",
    ),
    "consented": ("Usted aceptó esto el", "You agreed to this on"),
    "or_more": ("o más", "or more"),
    "meetings": ("Citas", "Meetings"),
    "not_now": ("no disponible ahora", "not available now"),
    "weighted": ("Según su probabilidad", "Weighted by probability"),
    "sorry": ("No se pudo", "That did not work"),
    "request_number": ("Número de la solicitud", "Request number"),
    "go_home": ("Ir al inicio", "Go to the start"),
}

# The states of a round, as the rounds service names them.
STATES: dict[str, tuple[str, str]] = {
    "draft": ("En preparación", "Being prepared"),
    "announced": ("Anunciada", "Announced"),
    "registration_open": ("Inscripciones abiertas", "Registration open"),
    "requests_open": ("Solicitudes de cita abiertas", "Meeting requests open"),
    "agenda_draft": ("Agenda en borrador", "Agenda in draft"),
    "published": ("Agenda publicada", "Agenda published"),
    "running": ("En curso", "Running"),
    "closed": ("Cerrada", "Closed"),
    "followed_up": ("Con seguimiento terminado", "Followed up"),
}


def text(key: str, language: str) -> str:
    """A text of the pages. Raises KeyError for one that is not there."""
    return TEXTS[key][LANGUAGES.index(language)]


def state(name: str, language: str) -> str:
    """A round's state in words; one that is not known here is shown as it is."""
    return STATES.get(name, (name, name))[LANGUAGES.index(language)]
