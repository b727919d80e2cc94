"""The credentials file of a service account: what is wrong with it, said before Google is asked.

Nothing of its content but the account's name and numbers ever leaves this file in a message.
"""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from server.workspace.gateway import GoogleError

KEYS_PAGE = "https://console.cloud.google.com/iam-admin/serviceaccounts"
LARGEST = 64 * 1024  # bytes; a key file has about 2,400
NEEDED = ("private_key", "client_email", "token_uri")
_GOOGLE = ("googleapis.com", "google.com")


@dataclass(frozen=True, slots=True)
class Key:
    """A readable key. `info` holds the private key and shows in no repr."""

    account: str
    client_id: str
    project: str
    token_uri: str
    info: dict[str, Any] = field(repr=False)


def read_key(path: Path, *, emulated: bool = False) -> Key:
    """The key in a file that this account alone may read. Raises: GoogleError (`google_credentials`)."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise _wrong("missing", f"{path.name}: not there; connect the Google console again") from None
    except OSError as error:
        raise _wrong(
            "unreadable",
            f"{path.name}: cannot be read ({error.strerror}); give this account the right to read it",
        ) from None
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise _wrong(
            "open",
            f"{path.name}: other accounts of this computer may read it; allow this account only (chmod 600)",
        )
    return parse_key(content, emulated=emulated)


def parse_key(content: bytes, *, emulated: bool = False) -> Key:
    """Raises: GoogleError (`google_credentials`) saying which thing about the file is wrong."""
    try:
        if len(content) > LARGEST:
            raise ValueError
        info = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise _wrong("not_json", "credentials file: not JSON; download the key again, as JSON") from None
    if not isinstance(info, dict) or info.get("type") != "service_account":
        raise _wrong(
            "not_service_account",
            "credentials file: not of a service account; make a key of a service account, not an OAuth client",
        )
    missing = [name for name in NEEDED if not isinstance(info.get(name), str) or not info[name]]
    if missing:
        raise _wrong(
            "incomplete",
            f"credentials file: without {', '.join(missing)}; download the key again, as JSON",
            missing=", ".join(missing),
        )
    try:
        load_pem_private_key(info["private_key"].encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Not `from error`: what the parser says may quote what it read.
        raise _wrong(
            "key_damaged",
            "credentials file: its private key cannot be read; download the key again, unchanged",
        ) from None
    _raise_if_elsewhere(info["token_uri"], emulated)
    return Key(
        account=info["client_email"],
        client_id=str(info.get("client_id") or ""),
        project=str(info.get("project_id") or ""),
        token_uri=info["token_uri"],
        info=info,
    )


def _raise_if_elsewhere(token_uri: str, emulated: bool) -> None:
    """A key for an emulated console must not pass for a school's, nor its address be asked as if it were Google."""
    parts = urlsplit(token_uri)
    host = parts.hostname or ""
    google = parts.scheme == "https" and any(host == own or host.endswith("." + own) for own in _GOOGLE)
    if not google and not (emulated and parts.scheme in {"http", "https"} and host):
        raise _wrong(
            "not_google",
            "credentials file: its token_uri is not Google's; use the key as Google gave it",
        )


def _wrong(kind: str, message: str, **params: Any) -> GoogleError:
    return GoogleError(message, code="google_credentials", kind=kind, page=KEYS_PAGE, **params)
