"""What the pages share: signing in, the first page, the account."""

from services.portal.model import LINK_LIFE

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
    "start": ("Inicio", "Start"),
    "go_home": ("Ir al inicio", "Go to the start"),
}
