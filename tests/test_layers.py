"""The import table: arrows point one way, cli → bootstrap → web → services → store, workspace → domain."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

COMMANDS = {
    "cli",
    "cli_console",
    "cli_emulator",
    "check",
    "demo",
    "demo_console",
    "demo_processes",
}  # what a person starts; they may see everything
EVERYTHING = {"bootstrap", "config", "web", "worker", "services", "store", "workspace", "domain"}

# who → whom it may import from, besides itself
TABLE = {
    **{name: COMMANDS | EVERYTHING | {"simulated"} for name in COMMANDS},
    "bootstrap": EVERYTHING | {"worker_keeper"},
    "worker": {"services", "store", "workspace", "domain", "config"},
    "worker_keeper": {"config"},  # starts the worker as a process of its own and knows nothing of its work
    "web": {"services", "domain", "config", "store.database"},
    "services": {"store", "workspace", "domain", "config"},
    "store": {"domain"},
    "workspace": {"domain"},
    "domain": set(),
    "config": {"domain.errors"},
    # A simulated Chromebook (simulated_*.py) is no part of the server: it knows the protocol and nothing else.
    "simulated": {"domain"},
}

# domain decides, and does nothing: no I/O, no clock, no framework.
PURE = {
    *("base64", "binascii", "collections", "dataclasses", "difflib", "enum", "functools", "hashlib", "hmac"),
    *("ipaddress", "itertools", "json", "math", "re", "types", "typing", "unicodedata", "urllib.parse"),
    *("__future__", "cryptography", "pydantic", "pydantic_core"),
}


def imports(source: str, module: str) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of every import in a file, wherever it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parent = module.split(".")[: -node.level]
                base = ".".join([*parent, base]).rstrip(".")
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


def breaches(module: str, source: str) -> list[str]:
    """What a file imports against the table."""
    mine = _layer(module)
    if mine not in TABLE:
        return [f"{module}: '{mine}' has no line in the table of tests/test_layers.py"]
    found = []
    for line, name in imports(source, module):
        if name == "server" or not name.startswith("server."):
            continue
        theirs = name.removeprefix("server.").replace("simulated_", "simulated.", 1)
        own = theirs == mine or theirs.startswith(mine + ".") or theirs == "__version__"
        if not own and not any(theirs == a or theirs.startswith(a + ".") for a in TABLE[mine]):
            found.append(f"{module}:{line} imports {name}: {mine} may not see it")
    return found


def _layer(module: str) -> str:
    parts = module.split(".")
    return re.sub("^simulated_.*", "simulated", parts[1])


def _files(folder: str) -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        relative = path.relative_to(ROOT)
        if "_bundled" in relative.parts or relative == Path("server/__init__.py"):
            continue
        parts = relative.with_suffix("").parts
        # a package's __init__ keeps its last part, so that a relative import counts from the right place
        yield ".".join(parts), path.read_text("utf-8")


def test_imports_point_one_way():
    found = [breach for module, source in _files("server") for breach in breaches(module, source)]
    assert not found, "\n".join(found)


def test_every_line_of_the_table_is_needed():
    layers = {_layer(module) for module, _ in _files("server")}
    assert set(TABLE) == layers, "layers that are gone"


def test_only_the_wiring_sees_what_stands_behind_the_gateway():
    named = "server.workspace.google_api"
    found = {
        module
        for module, source in _files("server")
        if not module.startswith("server.workspace.")
        for _, name in imports(source, module)
        if name == named or name.startswith(named + ".")
    }
    assert found <= {"server.bootstrap"}


def test_a_reversed_import_is_seen():
    assert breaches("server.domain.exam", "from server.store.tables import exams")
    assert breaches("server.domain.exam", "def f():\n    import server.services.exams")
    assert breaches("server.domain.exam", "from server import store")
    assert breaches("server.store.blocks", "from server.services import exams")
    assert breaches("server.store.blocks", "from ..services import exams")
    assert breaches("server.services.exams", "from server.web.hub import Hub")
    assert breaches("server.services.exams", "from server.bootstrap import open_context")
    assert breaches("server.web.board", "from server.store.tables import seats")
    assert breaches("server.web.board", "from server.workspace.crx import pack")
    assert breaches("server.workspace.crx", "from server.store.database import Database")
    assert breaches("server.config", "from server.domain.exam import ExamState")
    assert breaches("server.simulated_room", "from server.web.hub import Hub")
    assert breaches("server.web.board", "from server import simulated_room")
    assert breaches("server.new_thing", "import os")


def test_the_allowed_direction_is_free():
    assert not breaches(
        "server.web.board", "from server.services import board\nfrom server.domain import exam"
    )
    assert not breaches("server.web.live", "from server.store.database import News")
    assert not breaches(
        "server.store.blocks", "from server.store.tables import sittings\nfrom . import tables"
    )
    assert not breaches("server.simulated_room", "from server.simulated_device import Device")
    assert not breaches("server.cli", "from server import bootstrap, config, simulated_room")


def test_the_domain_neither_acts_nor_looks_at_a_clock():
    found = [
        f"{module}:{line} imports {name}"
        for module, source in _files("server/domain")
        for line, name in imports(source, module)
        if not name.startswith("server.") and not _pure(name)
    ]
    assert not found, "\n".join(found)
    assert _pure("urllib.parse.urlsplit") and not _pure("urllib.request.urlopen")
    assert not any(
        _pure(name) for name in ("os.path", "time", "datetime.datetime", "socket", "sqlalchemy", "flask.g")
    )


def _pure(name: str) -> bool:
    return any(name == allowed or name.startswith(allowed + ".") for allowed in PURE)


def test_only_the_standard_library_and_what_is_declared_is_imported():
    """A package that happens to be installed here is not there on a school's laptop."""
    declared = {
        *(
            "alembic",
            "argon2",
            "aiohttp",
            "babel",
            "click",
            "cryptography",
            "eventlet",
            "flask",
            "flask_babel",
        ),
        *(
            "flask_limiter",
            "flask_login",
            "flask_socketio",
            "flask_wtf",
            "gevent",
            "geventwebsocket",
            "google",
            "google_auth_httplib2",
            "googleapiclient",
            "httplib2",
            "markupsafe",
        ),
        *(
            "openpyxl",
            "pydantic",
            "pydantic_core",
            "qrcode",
            "socketio",
            "sqlalchemy",
            "werkzeug",
            "wtforms",
            "yaml",
        ),
    }
    found = {
        name.split(".")[0]
        for module, source in _files("server")
        for _, name in imports(source, module)
        if name.split(".")[0] not in {*sys.stdlib_module_names, *declared, "server", ""}
    }
    assert not found
