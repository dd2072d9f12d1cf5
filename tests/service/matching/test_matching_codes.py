"""Official lists are loaded by one command, and codes are suggested from them and from coded companies."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest

from services.matching import taxonomies
from services.matching.taxonomies import UnknownList, read_list
from tests.service.matching.conftest import a_company, an_offering

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeConfig
    from tests.service.matching.conftest import Matching

UNSPSC = """segmento,segmento_nombre,familia,familia_nombre,clase,clase_nombre,producto,producto_nombre
50,Alimentos,5030,Fruta fresca,503050,Aguacates,50305008,Aguacate hass
50,Alimentos,5030,Fruta fresca,503054,Mangos,50305403,Mango tommy
44,Equipos de oficina,4412,Suministros de oficina,441215,Suministros de correo,44121503,Sobres
"""
CIIU = """clase,nombre,grupo,grupo_nombre,incluye,excluye
0121,Cultivo de frutas tropicales y subtropicales,012,Cultivos,"El cultivo de aguacate y mango",
4923,Transporte de carga por carretera,492,Transporte,"El transporte de mercancías",
"""


@pytest.fixture
def load(matching: Matching, config: MakeConfig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    made = config("matching")
    monkeypatch.setenv("ENCADENA_MONGO_URL", made.mongo_url)
    monkeypatch.setenv("ENCADENA_BUS_URL", made.bus_url)
    monkeypatch.setenv("ENCADENA_PORTAL_URL", made.portal_url)
    monkeypatch.setenv("ENCADENA_DATABASE_PREFIX", made.database_prefix)

    def run(**contents: bytes) -> int:
        for name, content in contents.items():
            (tmp_path / name).write_bytes(content)
        return taxonomies.main([str(tmp_path / name) for name in contents])

    return run


def suggested(matching: Matching, text: str) -> list[tuple[str, str]]:
    answer = matching.call("GET", "/codes", None, "supplier", query_string={"text": text})
    assert answer.status_code == 200, answer.json
    assert all(0 <= each["confidence"] <= 1 for each in answer.json["items"])
    return [(each["scheme"], each["code"]) for each in answer.json["items"]]


def test_codes_are_suggested_from_the_official_lists(matching: Matching, load: Any) -> None:
    assert suggested(matching, "aguacates") == []
    assert load(unspsc=gzip.compress(UNSPSC.encode()), ciiu=CIIU.encode()) == 0
    assert suggested(matching, "Compra de AGUACATES Hass")[0] == ("UNSPSC", "503050")
    (first,) = matching.call("GET", "/codes?text=aguacates&limit=1", None, "supplier").json["items"][:1]
    assert (first["rank"], first["level"]) == (1, "high")
    assert ("CIIU", "0121") in suggested(matching, "palta")
    assert suggested(matching, "🥑 12345") == []


def test_a_company_that_is_coded_teaches_its_words(matching: Matching, load: Any) -> None:
    company = a_company(ciiu=["4923"])
    offering = an_offering(company, title="Acarreos y trasteos", unspsc=["44121503"])
    matching.hear(company, offering)
    load(unspsc=UNSPSC.encode(), ciiu=CIIU.encode())
    assert set(suggested(matching, "trasteos")) == {("CIIU", "4923"), ("UNSPSC", "441215")}


def test_a_list_of_the_same_length_that_is_loaded_again_is_read_again(matching: Matching, load: Any) -> None:
    load(unspsc=UNSPSC.encode())
    assert suggested(matching, "aguacates") == [("UNSPSC", "503050")]
    load(unspsc=UNSPSC.replace("503050", "503059").encode())
    assert suggested(matching, "aguacates") == [("UNSPSC", "503059")]


def test_a_list_that_is_loaded_again_replaces_the_old_one(matching: Matching, load: Any) -> None:
    load(unspsc=UNSPSC.encode())
    load(unspsc="\n".join(UNSPSC.splitlines()[:2]).encode())
    assert [entry.code for entry in matching.store.taxonomy(["UNSPSC"])] == ["503050"]


def test_nothing_is_loaded_when_one_of_the_files_is_no_list(
    matching: Matching, load: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert load(unspsc=UNSPSC.encode(), other=b"a,b\n1,2\n") == 2
    assert "other: no list that is known" in capsys.readouterr().err
    assert suggested(matching, "aguacates") == []


HEADINGS = UNSPSC.splitlines()[0].encode()


@pytest.mark.parametrize(
    "content", [HEADINGS, b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b"\x1f\x8bnot gzip", b"{}"]
)
def test_a_file_that_is_no_known_list_is_refused(content: bytes) -> None:
    with pytest.raises(UnknownList):
        read_list(content)
