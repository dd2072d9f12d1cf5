"""Words that mean the same in Colombian procurement, and how they are cut short. Written by hand.

Only words whose meaning hardly depends on the sentence are here; expressions of several words are not.
"""

# One meaning a line, regional words, English and Portuguese among them.
SYNONYMS = """
aguacate palta avocado abacate
aseo limpieza limpiar cleaning limpeza
vigilancia celaduria guardas
computador ordenador computadora computo portatil laptop notebook
celular smartphone telefono
vehiculo carro automovil camioneta automotor vehicle veiculo
camion truck caminhao volqueta
llanta neumatico pneu tire tyre
gasolina combustible nafta diesel acpm combustivel fuel
papeleria utiles stationery papelaria
impresora printer multifuncional
silla silleteria cadeira chair
mobiliario muebles furniture moveis
refrigerio merienda snack
almuerzo comida alimentacion restaurante catering food
hospedaje alojamiento hotel hoteleria lodging hospedagem
pasaje tiquete boleto ticket passagem
dotacion uniforme vestuario indumentaria
camiseta playera remera
chaqueta chamarra jacket
construccion edificacion construction construcao
carretera via estrada road
pavimento asfalto pavimentacion paving
alcantarillado saneamiento sewer esgoto
mantenimiento reparacion maintenance manutencao
arrendamiento alquiler renting arriendo rental aluguel
capacitacion formacion entrenamiento curso training treinamento
asesoria consultoria consulting
publicidad pauta propaganda advertising publicidade
impresion litografia tipografia printing
medicamento farmaco drug
papa patata
frijol judia alubia caraota feijao
maiz elote milho
platano banano banana
pollo avicola chicken frango
cerdo porcino puerco pork
bovino vacuno ganado
leche lacteos milk leite
queso cheese queijo
software aplicativo
licencia licenciamiento suscripcion license licenca
poliza aseguramiento insurance
luminaria lampara bombilla iluminacion alumbrado lighting
madera wood madeira
tornillo screw parafuso
tuberia tubo pipe
"""

# What people write short, and the whole word.
SHORT_FORMS = {
    "mtto": "mantenimiento", "mant": "mantenimiento", "mpio": "municipio", "mpal": "municipal",
    "dpto": "departamento", "depto": "departamento", "hosp": "hospital", "sum": "suministro",
    "transp": "transporte", "constr": "construccion", "admon": "administracion", "serv": "servicio",
    "prest": "prestacion", "vehic": "vehiculo", "univ": "universidad", "elect": "electrico",
    "und": "unidad", "unds": "unidad", "uds": "unidad",
}  # fmt: skip
