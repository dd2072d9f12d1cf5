"""The words of reasons, by requirement and reason, in Spanish and English.

What is not here is not told (a differing code says little to people). In what is lacking, `|` comes before
the detail.
"""

JOINTS: dict[str, dict[str, str]] = {
    "es": {
        "offers": "Ofrece {title}", "with": " con ", "and": " y ", "or": " o ", "more": "{} más",
        "lacks": "; le falta ", "lacks_several": "; le falta: ", "to_check": "Por confirmar: ",
        "quoted": "«{}»", "the_day": "el ", "day": "{} día", "days": "{} días",
        "within_days": "en {}", "same_day": "el mismo día",
        "waits": "espera hasta {}", "cash_only": "vende solo de contado",
        "rate": "a {value} {quote} por {base}, tasa del {on}",
    },
    "en": {
        "offers": "Offers {title}", "with": " with ", "and": " and ", "or": " or ", "more": "{} more",
        "lacks": "; lacks ", "lacks_several": "; lacks: ", "to_check": "To be confirmed: ",
        "quoted": "“{}”", "the_day": "", "day": "{} day", "days": "{} days",
        "within_days": "in {}", "same_day": "on the same day",
        "waits": "waits up to {}", "cash_only": "sells for cash only",
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
        "lead_time.in_time": "entrega a tiempo ({within_found})",
        "payment_term.can_wait": "acepta el plazo de pago",
        "size.preferred": "es una empresa {size}, como se prefiere",
        "region.located_there": "trabaja en {department}",
        "region.serves_there": "atiende {department}",
        "unspsc.same_class": "su código UNSPSC coincide",
        "ciiu.same_activity": "su actividad es la que se busca",
        "history.awarded": "ya ganó un contrato de la empresa compradora",
        "history.sold": "ya le vendió a la empresa compradora",
        "history.expected": "espera cerrar un negocio con la empresa compradora",
        "history.interested": "ya se reunió con la empresa compradora y hubo interés",
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
        "lead_time.in_time": "delivers on time ({within_found})",
        "payment_term.can_wait": "accepts the payment term",
        "size.preferred": "is a {size} company, as preferred",
        "region.located_there": "works in {department}",
        "region.serves_there": "serves {department}",
        "unspsc.same_class": "its UNSPSC code agrees",
        "ciiu.same_activity": "its activity is the one sought",
        "history.awarded": "has won a contract from the buyer",
        "history.sold": "has sold to the buyer",
        "history.expected": "expects to close a deal with the buyer",
        "history.interested": "has met the buyer, and there was interest",
        "history.met": "has met the buyer",
        "experience.awarded": "has won a similar contract",
        "experience.met": "has had a meeting about a similar need",
    },
}

UNMET: dict[str, dict[str, str]] = {
    "es": {
        "certification.expired": "{standard}|vigente solo hasta {until}, antes del cierre",
        "capacity.too_little": "capacidad|{found} de {asked} al mes",
        "capacity.makes_part": "capacidad para todo a tiempo|{found} al mes para {asked}",
        "budget.over_budget": "un precio de hasta {asked}|pide al menos {measured}",
        "budget.over_budget_at_rate": "un precio de hasta {asked}|pide al menos {measured}, {rate}",
        "minimum_order.order_too_small": "aceptar pedidos de {asked}|su mínimo es {found}",
        "lead_time.too_slow": "entregar {within_asked}|tarda {found}",
        "payment_term.cannot_wait": "aceptar el pago a {asked}|{waits}",
        "size.other_size": "el tamaño preferido|es {size} y se prefiere {sizes}",
        "region.serves_elsewhere": "atender {department}|atiende {regions}",
    },
    "en": {
        "certification.expired": "{standard}|valid only until {until}, before the closing date",
        "capacity.too_little": "capacity|{found} of {asked} a month",
        "capacity.makes_part": "capacity for all of it in time|{found} a month for {asked}",
        "budget.over_budget": "a price of up to {asked}|it asks at least {measured}",
        "budget.over_budget_at_rate": "a price of up to {asked}|it asks at least {measured}, {rate}",
        "minimum_order.order_too_small": "taking orders of {asked}|its minimum is {found}",
        "lead_time.too_slow": "delivery {within_asked}|it takes {found}",
        "payment_term.cannot_wait": "accepting payment after {asked}|it {waits}",
        "size.other_size": "the preferred size|it is {size}, and {sizes} is preferred",
        "region.serves_elsewhere": "serving {department}|it serves {regions}",
    },
}

UNKNOWN: dict[str, dict[str, str]] = {
    "es": {
        "certification.not_stated": "si tiene {standard}",
        "capacity.not_stated": "su capacidad al mes",
        "capacity.units_differ": "su capacidad, que está en otra unidad ({found})",
        "budget.not_stated": "su precio",
        "budget.currencies_differ": "su precio, que está en {currency} y no hay tasa de cambio",
        "budget.quantity_missing": "el precio total, porque la necesidad no dice cuánto",
        "budget.units_differ": "su precio, que es por {unit}",
        "minimum_order.not_stated": "su pedido mínimo",
        "minimum_order.units_differ": "su pedido mínimo, que está en otra unidad ({found})",
        "lead_time.not_stated": "si entrega {within_asked}",
        "payment_term.not_stated": "si acepta que se le pague a {asked}",
        "size.not_stated": "su tamaño",
        "region.not_stated": "si atiende {department}",
    },
    "en": {
        "certification.not_stated": "whether it has {standard}",
        "capacity.not_stated": "its monthly capacity",
        "capacity.units_differ": "its capacity, stated in another unit ({found})",
        "budget.not_stated": "its price",
        "budget.currencies_differ": "its price, stated in {currency} without an exchange rate",
        "budget.quantity_missing": "the total price, as the need does not say how much",
        "budget.units_differ": "its price, which is per {unit}",
        "minimum_order.not_stated": "its minimum order",
        "minimum_order.units_differ": "its minimum order, stated in another unit ({found})",
        "lead_time.not_stated": "whether it delivers {within_asked}",
        "payment_term.not_stated": "whether it accepts payment after {asked}",
        "size.not_stated": "its size",
        "region.not_stated": "whether it serves {department}",
    },
}
