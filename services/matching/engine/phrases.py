"""The words of reasons, by requirement and reason, in Spanish and English.

What is not here is not told (a differing code says little to people). In what is lacking, `|` comes before
the detail.
"""

JOINTS: dict[str, dict[str, str]] = {
    "es": {
        "offers": "Ofrece {title}", "with": " con ", "and": " y ", "or": " o ", "more": "{} más",
        "lacks": "le falta ", "lacks_several": "Le faltan ", "to_check": "Por confirmar: ",
        "quoted": "«{}»", "the_day": "el ", "day": "día", "days": "días",
        "rate": "a {value} {quote} por {base}, tasa del {on}",
    },
    "en": {
        "offers": "Offers {title}", "with": " with ", "and": " and ", "or": " or ", "more": "{} more",
        "lacks": "lacks ", "lacks_several": "Lacks ", "to_check": "To be confirmed: ",
        "quoted": "“{}”", "the_day": "", "day": "day", "days": "days",
        "rate": "at {value} {quote} per {base}, the rate of {on}",
    },
}  # fmt: skip

SIZES: dict[str, dict[str, str]] = {
    "es": {"micro": "micro", "small": "pequeña", "medium": "mediana", "large": "grande"},
    "en": {"micro": "micro", "small": "small", "medium": "medium", "large": "large"},
}

MET: dict[str, dict[str, str]] = {
    "es": {
        "certification.valid_until": "{standard} vigente hasta {until}",
        "certification.held": "{standard}",
        "capacity.enough": "su capacidad alcanza ({found} al mes)",
        "capacity.makes_all": "su capacidad alcanza para todo ({found} al mes)",
        "budget.within_budget": "su precio cabe en el presupuesto",
        "budget.within_budget_at_rate": "su precio cabe en el presupuesto ({rate})",
        "minimum_order.order_large_enough": "acepta pedidos de esta cantidad",
        "lead_time.in_time": "entrega a tiempo (en {found})",
        "payment_term.can_wait": "acepta el plazo de pago",
        "size.preferred": "es una empresa {size}, como se prefiere",
        "region.located_there": "trabaja en {department}",
        "region.serves_there": "atiende {department}",
        "unspsc.same_class": "su código UNSPSC coincide",
        "ciiu.same_activity": "su actividad es la que se busca",
        "history.awarded": "ya ganó un contrato de la empresa compradora",
        "history.sold": "ya le vendió a la empresa compradora",
        "history.expected": "ya espera cerrar un negocio con la empresa compradora",
        "history.interested": "ya se reunió, con interés, con la empresa compradora",
        "history.met": "ya se reunió con la empresa compradora",
        "experience.awarded": "ya ganó un contrato parecido",
        "experience.met": "ya se reunió por una necesidad parecida",
    },
    "en": {
        "certification.valid_until": "{standard} valid until {until}",
        "certification.held": "{standard}",
        "capacity.enough": "its capacity is enough ({found} a month)",
        "capacity.makes_all": "its capacity is enough for all of it ({found} a month)",
        "budget.within_budget": "its price fits the budget",
        "budget.within_budget_at_rate": "its price fits the budget ({rate})",
        "minimum_order.order_large_enough": "takes orders of this size",
        "lead_time.in_time": "delivers in time (in {found})",
        "payment_term.can_wait": "accepts the payment term",
        "size.preferred": "is a {size} company, as preferred",
        "region.located_there": "works in {department}",
        "region.serves_there": "serves {department}",
        "unspsc.same_class": "its UNSPSC code agrees",
        "ciiu.same_activity": "its activity is the one sought",
        "history.awarded": "has won a contract of the buyer before",
        "history.sold": "has sold to the buyer before",
        "history.expected": "expects to close a deal with the buyer",
        "history.interested": "has met the buyer, with interest",
        "history.met": "has met the buyer",
        "experience.awarded": "has won a similar contract",
        "experience.met": "has met about a similar need",
    },
}

UNMET: dict[str, dict[str, str]] = {
    "es": {
        "certification.expired": "{standard}|vence {until}, antes del cierre",
        "capacity.too_little": "capacidad|{found} de {asked} al mes",
        "capacity.makes_part": "capacidad para todo a tiempo|hace {found} al mes, se piden {asked}",
        "budget.over_budget": "un precio dentro de {asked}",
        "budget.over_budget_at_rate": "un precio dentro de {asked}|{rate}",
        "minimum_order.order_too_small": "aceptar pedidos de {asked}|su mínimo es {found}",
        "lead_time.too_slow": "entregar más rápido|{found}, se piden {asked}",
        "payment_term.cannot_wait": "aceptar el plazo de pago|espera hasta {found}, se paga a {asked}",
        "size.other_size": "el tamaño preferido|es {size}, se prefiere {sizes}",
        "region.serves_elsewhere": "atender {department}|atiende {regions}",
    },
    "en": {
        "certification.expired": "{standard}|expires {until}, before the closing date",
        "capacity.too_little": "capacity|{found} of {asked} a month",
        "capacity.makes_part": "capacity for all of it in time|it makes {found} a month, asked are {asked}",
        "budget.over_budget": "a price within {asked}",
        "budget.over_budget_at_rate": "a price within {asked}|{rate}",
        "minimum_order.order_too_small": "taking orders of {asked}|its least is {found}",
        "lead_time.too_slow": "faster delivery|{found}, asked are {asked}",
        "payment_term.cannot_wait": "accepting the payment term|waits up to {found}, paid after {asked}",
        "size.other_size": "the preferred size|it is {size}, preferred is {sizes}",
        "region.serves_elsewhere": "serving {department}|it serves {regions}",
    },
}

UNKNOWN: dict[str, dict[str, str]] = {
    "es": {
        "certification.not_stated": "si tiene {standard}",
        "capacity.not_stated": "su capacidad al mes",
        "capacity.units_differ": "su capacidad, que está en otra unidad ({found})",
        "budget.not_stated": "su precio",
        "budget.currencies_differ": "su precio, que está en otra moneda y no hay tasa de cambio",
        "budget.quantity_missing": "el precio total, porque la necesidad no dice cuánto",
        "budget.units_differ": "su precio, que es por {unit}",
        "minimum_order.not_stated": "su pedido mínimo",
        "minimum_order.units_differ": "su pedido mínimo, que está en otra unidad ({found})",
        "lead_time.not_stated": "si entrega en {asked}",
        "payment_term.not_stated": "si acepta que se le pague a {asked}",
        "size.not_stated": "su tamaño",
        "region.not_stated": "si atiende {department}",
    },
    "en": {
        "certification.not_stated": "whether it has {standard}",
        "capacity.not_stated": "its monthly capacity",
        "capacity.units_differ": "its capacity, stated in another unit ({found})",
        "budget.not_stated": "its price",
        "budget.currencies_differ": "its price, stated in another currency without an exchange rate",
        "budget.quantity_missing": "the total price, as the need does not say how much",
        "budget.units_differ": "its price, which is per {unit}",
        "minimum_order.not_stated": "its minimum order",
        "minimum_order.units_differ": "its minimum order, stated in another unit ({found})",
        "lead_time.not_stated": "whether it delivers in {asked}",
        "payment_term.not_stated": "whether it accepts payment after {asked}",
        "size.not_stated": "its size",
        "region.not_stated": "whether it serves {department}",
    },
}
