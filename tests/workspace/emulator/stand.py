"""An emulated console for tests, and the plain Google clients that talk to it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import google_auth_httplib2
import httplib2
from google.oauth2 import service_account
from googleapiclient.discovery import build

from server.workspace.emulator.app import Emulator

AUTH = "https://www.googleapis.com/auth/"
DEVICES = AUTH + "admin.directory.device.chromeos"
ORG_UNITS = AUTH + "admin.directory.orgunit"
USERS = AUTH + "admin.directory.user"
SECURITY = AUTH + "admin.directory.user.security"
CUSTOMER = AUTH + "admin.directory.customer.readonly"
POLICY = AUTH + "chrome.management.policy"
TELEMETRY = AUTH + "chrome.management.telemetry.readonly"
EVERY = (DEVICES, ORG_UNITS, USERS, SECURITY, CUSTOMER, POLICY, TELEMETRY)
VERSIONS = {
    "admin": "directory_v1",
    "chromepolicy": "v1",
    "chromemanagement": "v1",
    "verifiedaccess": "v2",
}


def credentials(console: Emulator, *scopes: str, subject: str | None = None) -> Any:
    return service_account.Credentials.from_service_account_file(
        str(console.credentials), scopes=list(scopes or EVERY), subject=subject or console.subject
    )


def client(console: Emulator, api: str = "admin", *scopes: str, subject: str | None = None) -> Any:
    """Google's own client, with nothing of ours in it."""
    return build(
        api,
        VERSIONS[api],
        credentials=credentials(console, *scopes, subject=subject),
        client_options={"api_endpoint": console.root},
        static_discovery=True,
        cache_discovery=False,
    )


class Wire:
    """Requests written by hand: (status, JSON)."""

    def __init__(self, console: Emulator, *scopes: str) -> None:
        self.console = console
        made = credentials(console, *scopes)
        made.refresh(google_auth_httplib2.Request(httplib2.Http()))
        self.token: str | None = made.token

    def __call__(self, verb: str, target: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} | headers
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.console.root + target, data, sent, method=verb)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")


def school(**more: Any) -> dict[str, Any]:
    """A small school: three org units, five devices, two licences to spare."""
    return {
        "domain": "sekolah.sch.id",
        "licences": 7,
        "roles": {"reader": ["devices_read", "org_units_read"]},
        "admins": [
            {"email": "admin@sekolah.sch.id"},
            {"email": "baca@sekolah.sch.id", "role": "reader"},
        ],
        "users": [{"email": "siti@sekolah.sch.id", "name": "Siti Aminah", "org_unit": "/Siswa"}],
        "org_units": ["/Lab/Ruang 1", "/Lab/Ruang 2", "/Siswa"],
        "devices": [
            {"serial": f"5CD00{n}", "org_unit": f"/Lab/Ruang {1 + n % 2}", "asset_id": f"C{n:02d}"}
            for n in range(5)
        ],
    } | more


def start(folder: Path, **more: Any) -> Emulator:
    return Emulator(folder, school(**more)).start()
