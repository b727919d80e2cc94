"""The service account of the emulated console: a key file as Google hands it out, made at the first start."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from server.workspace.emulator.call import Json
from server.workspace.emulator.world import World

PROJECT = "bangku-emulated"
EMAIL = f"console@{PROJECT}.iam.gserviceaccount.com"
CLIENT_ID = "100000000000000000001"


def ensure_key(world: World, file: Path, token_uri: str) -> None:
    """Have a key in `file` that the world knows, with this start's address in it."""
    known: Json | None = world.state["oauth"].get("key")
    info = json.loads(file.read_text("utf-8")) if file.exists() else None
    if info is None or known is None or info.get("private_key_id") != known["id"]:
        info = _new_key(world)
    info["token_uri"] = token_uri
    part = file.with_suffix(".part")
    # Readable by this account alone from its first byte on.
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(info, out, indent=2)
    os.replace(part, file)


def _new_key(world: World) -> Json:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    key_id = hashlib.sha256(public).hexdigest()[:40]
    with world.changing() as state:
        state["oauth"]["key"] = {"id": key_id, "public": public.decode()}
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": key_id,
        "private_key": private.decode(),
        "client_email": EMAIL,
        "client_id": CLIENT_ID,
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "universe_domain": "googleapis.com",
    }
