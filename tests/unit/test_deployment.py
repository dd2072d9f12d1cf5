"""What can be said of the containers without an engine: that the files fit together."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.config import SERVICES

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"])


@pytest.fixture(scope="module")
def settings(compose: dict[str, Any]) -> dict[str, str]:
    lines = (ROOT / compose["catalog-web"]["env_file"]).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_a_web_and_a_worker_process(compose: dict[str, Any], service: str) -> None:
    assert f"services.{service}.api:create_app()" in compose[f"{service}-web"]["command"]
    assert f"services.{service}.worker" in compose[f"{service}-worker"]["command"]


def test_all_processes_of_ours_run_one_image_and_cannot_write_to_it(compose: dict[str, Any]) -> None:
    ours = [name for name in compose if name.endswith(("-web", "-worker"))] + ["topics"]
    assert len(ours) == 2 * len(SERVICES) + 1
    assert {compose[name]["image"] for name in ours} == {"encadena:latest"}
    assert all(compose[name]["read_only"] and compose[name]["cap_drop"] == ["ALL"] for name in ours)


def test_every_image_of_others_has_a_version(compose: dict[str, Any]) -> None:
    theirs = {service["image"] for service in compose.values()} - {"encadena:latest"}
    bases = set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))
    for image in theirs | bases:
        assert re.search(r":v?\d+\.\d+\.\d+", image), image


def test_the_image_is_run_by_a_user_who_is_not_root() -> None:
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    (user,) = re.findall(r"^USER (\S+)", last_stage, re.MULTILINE)
    assert int(user) > 0


def test_the_last_stage_installs_nothing() -> None:
    assert not re.search(r"\b(apt-get|pip|gcc)\b", DOCKERFILE.rpartition("\nFROM ")[2])


def test_the_image_has_the_python_that_the_project_asks_for() -> None:
    versions = {tuple(map(int, pair)) for pair in re.findall(r"FROM python:(\d+)\.(\d+)", DOCKERFILE)}
    assert len(versions) == 1
    assert versions.pop() >= (3, 11)


def test_ports_are_open_to_this_machine_alone(compose: dict[str, Any]) -> None:
    ports = [port for service in compose.values() for port in service.get("ports", [])]
    assert len(set(ports)) == len(ports) >= len(SERVICES)
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_variable_is_one_that_the_configuration_reads(settings: dict[str, str]) -> None:
    source = (ROOT / "shared" / "config.py").read_text()
    for name in settings:
        service = name.removeprefix("ENCADENA_").removesuffix("_URL").lower()
        assert f'"{name.removeprefix("ENCADENA_")}"' in source or service in SERVICES, name


def test_every_address_names_a_container(compose: dict[str, Any], settings: dict[str, str]) -> None:
    hosts = set(re.findall(r"://([a-z-]+)", " ".join(settings.values()))) - {"localhost"}
    assert {"mongo", "kafka", "mail"} <= hosts <= compose.keys()


def test_everything_that_is_copied_into_the_image_exists_and_is_sent_to_the_builder() -> None:
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {
        name
        for line in re.findall(r"^COPY (?!--from)(.+)", DOCKERFILE, re.MULTILINE)
        for name in line.split()[:-1]
    }
    assert copied == sent
    assert all((ROOT / name).exists() for name in copied)


def test_hadolint_finds_nothing() -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("hadolint is not on this machine; its package has programs for Linux and macOS only")
    command = [hadolint, "--no-color", str(ROOT / "deploy" / "Dockerfile")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", ["agenda", "bus", "http", "matching", "pipeline", "repair"])
def test_a_benchmark_can_be_run_by_its_path_from_anywhere(name: str, tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / f"{name}.py"), "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"usage: {name}.py" in done.stdout
