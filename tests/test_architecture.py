"""The house rules as checks: sizes, who imports whom, who reads the environment, the README."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("shared", "services", "deploy", "benchmarks", "tests")
PRODUCT = ("shared", "services")
TECHNOLOGY = {"flask", "flask_smorest", "marshmallow", "pymongo", "bson", "kafka", "requests"}
PURE = {"model", "engine", "agenda", "demand"}
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "base_service"}


def sources(*folders: str) -> list[Path]:
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if "__pycache__" not in path.parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree(path)) if isinstance(node, kinds)]


def imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def place(path: Path, node: ast.AST | None = None) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def test_a_source_file_has_at_most_300_lines() -> None:
    lengths = {place(path): len(path.read_text().splitlines()) for path in sources(*FOLDERS)}
    assert {file: lines for file, lines in lengths.items() if lines > 300} == {}


def test_a_function_has_at_most_40_lines() -> None:
    lengths = {
        f"{place(path, node)} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in sources(*FOLDERS)
        for node in functions(path)
    }
    assert {function: lines for function, lines in lengths.items() if lines > 40} == {}


def test_a_function_has_at_most_five_parameters() -> None:
    counts = {}
    for path in sources("shared", "services", "deploy", "benchmarks"):
        for node in functions(path):
            every = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
            named = [arg for arg in every if arg.arg not in {"self", "cls"}]
            counts[f"{place(path, node)} {node.name}"] = len(named)
    assert {function: count for function, count in counts.items() if count > 5} == {}


def test_shared_imports_nothing_from_services() -> None:
    assert [place(p) for p in sources("shared") if any(in_package(n, "services") for n in imports(p))] == []


def test_a_service_imports_shared_and_itself_alone() -> None:
    strangers = []
    for path in sources("services"):
        own = path.relative_to(ROOT / "services").parts[0]
        for name in imports(path):
            foreign = in_package(name, "services") and not in_package(name, f"services.{own}")
            if foreign or name.split(".")[0] in {"deploy", "tests", "benchmarks"}:
                strangers.append(f"{place(path)} imports {name}")
    assert strangers == []


def test_models_and_engines_know_no_technology() -> None:
    impure = []
    for path in sources("services"):
        parts = path.relative_to(ROOT / "services").with_suffix("").parts[1:]
        if PURE & set(parts[:1]):
            used = {name.split(".")[0] for name in imports(path)} & TECHNOLOGY
            impure += [f"{place(path)} imports {name}" for name in sorted(used)]
    assert impure == []


def test_only_a_store_knows_mongodb_and_only_the_bus_knows_kafka() -> None:
    knowing = []
    for path in sources("services"):
        subject = path.relative_to(ROOT / "services").with_suffix("").parts[1:2]
        used = {name.split(".")[0] for name in imports(path)}
        if "kafka" in used or (used & {"pymongo", "bson"} and subject != ("store",)):
            knowing.append(place(path))
    assert knowing == []


def test_the_environment_is_read_in_one_file() -> None:
    readers = {
        place(path, node)
        for path in sources(*PRODUCT)
        if path != ROOT / "shared" / "config.py"
        for node in ast.walk(tree(path))
        if reads_environment(node)
    }
    assert readers == set()


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [place(path) for path in sources(*FOLDERS) if VAGUE & {path.stem, path.parent.name}] == []


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    # A home folder of a person, of root, or a working copy's absolute place.
    machine = re.compile(r"(?<![\w.:/-])/(?:home|Users|root|work)/\w")
    named = []
    for path in tracked_files():
        try:
            lines = path.read_text().splitlines()
        except UnicodeDecodeError:
            continue
        named += [f"{path}:{n}" for n, line in enumerate(lines, 1) if machine.search(line)]
    assert named == []


def test_the_readme_has_at_most_150_lines() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


def test_every_command_of_the_readme_is_there_and_tried() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    tried = "".join(path.read_text() for path in [ROOT / ".ci" / "run", *sources("tests")])
    unknown = [
        command
        for block in re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
        for command in (line.split("#")[0].strip() for line in block.splitlines())
        if command and not known(command, targets, tried)
    ]
    assert unknown == []


def in_package(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def reads_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}:
        return isinstance(node.value, ast.Name) and node.value.id == "os"
    if isinstance(node, ast.ImportFrom):
        return node.module == "environs" or (
            node.module == "os" and any(alias.name in {"environ", "getenv"} for alias in node.names)
        )
    return isinstance(node, ast.Import) and any(alias.name == "environs" for alias in node.names)


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout, so what belongs to the project can't be told")
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def known(command: str, targets: set[str], tried: str) -> bool:
    words = command.split()
    if words[0] == "make":
        return all("=" in word or word in targets for word in words[1:])
    return command in tried
