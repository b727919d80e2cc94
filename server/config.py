"""Settings: frozen, typed, read once from the data folder and the environment."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from server.domain.errors import Invalid

SETTINGS_FILE = "settings.json"
SECRET_FILE = "secret.key"  # noqa: S105 - a file name
DEFAULT_PORT = 8410
PROBE_KEYS = {"probe_reference_url", "probe_seconds"}
GOOGLE_KEYS = {"google_subject", "google_api_root"}
CREDENTIALS_FILE = "google-credentials.json"  # of the service account; readable by this account only


@dataclass(frozen=True, slots=True)
class Settings:
    """What one server needs to know about itself."""

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    public_url: str = f"http://127.0.0.1:{DEFAULT_PORT}"  # the address devices dial
    standby_urls: tuple[str, ...] = ()
    school_npsn: str = ""
    async_mode: str = "eventlet"
    dev: bool = False  # refuse unknown protocol fields instead of counting them
    database: str = ""
    # A second address that answers when the school's own internet works; without it we never say that it does.
    probe_reference_url: str | None = None
    probe_seconds: float = 60.0  # between two looks at the centre's address
    google_subject: str | None = None  # the administrator the service account acts for; null: no console
    google_api_root: str | None = None  # null: Google itself; else an emulated console
    secret_key: str = field(default="", repr=False)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every origin a proof may name as this server's own."""
        return (self.public_url, *self.standby_urls)

    @property
    def own_host(self) -> str:
        """host or host:port, as in a desired document's allowed_hosts."""
        return urlsplit(self.public_url).netloc

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data_dir / 'bangku.db'}"

    @property
    def google_credentials(self) -> Path:
        return self.data_dir / CREDENTIALS_FILE

    @property
    def managed(self) -> bool:
        """True when this school's console is connected: Bangku may read it, and change what a plan says."""
        return self.google_subject is not None and self.google_credentials.is_file()

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")


def load(data_dir: Path, **overrides: object) -> Settings:
    """Settings of a data folder; made on first use. Overrides (from the command line) go first.

    Raises: Invalid (`settings_invalid`) naming the file and the field.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / SETTINGS_FILE
    stored: dict[str, object] = {}
    if path.exists():
        try:
            stored = json.loads(path.read_text("utf-8"))
        except ValueError as error:
            raise Invalid(
                f"{path}: not readable as JSON ({error}); correct it or move it away",
                code="settings_invalid",
                file=str(path),
            ) from error
    known = (
        {
            "host",
            "port",
            "public_url",
            "standby_urls",
            "school_npsn",
            "async_mode",
            "dev",
            "database",
        }
        | PROBE_KEYS
        | GOOGLE_KEYS
    )
    for key in stored:
        if key not in known:
            raise Invalid(
                f"{path}: unknown setting '{key}'; known are {', '.join(sorted(known))}",
                code="settings_invalid",
                file=str(path),
                field=key,
            )
    values = {**stored, **{k: v for k, v in overrides.items() if v is not None}}
    if mode := os.environ.get("BANGKU_ASYNC_MODE"):
        values["async_mode"] = mode
    if isinstance(values.get("standby_urls"), list):
        values["standby_urls"] = tuple(values["standby_urls"])  # type: ignore[arg-type]
    if "public_url" not in values:
        values["public_url"] = f"http://{values.get('host', '127.0.0.1')}:{values.get('port', DEFAULT_PORT)}"
    _raise_if_probe_wrong(values, path)
    values["public_url"] = _origin(str(values["public_url"]), path)
    return Settings(data_dir=data_dir, secret_key=_secret_key(data_dir), **values)  # type: ignore[arg-type]


def refreshed(settings: Settings) -> Settings:
    """The same settings with the console as it is connected now: a page or a command may have changed that since."""
    try:
        stored = json.loads((settings.data_dir / SETTINGS_FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return settings
    if not isinstance(stored, dict):
        return settings
    return replace(settings, **{key: stored[key] for key in GOOGLE_KEYS if key in stored})


def save(settings: Settings) -> None:
    """Write what a later start should know (never the secret key)."""
    stored = {
        "host": settings.host,
        "port": settings.port,
        "public_url": settings.public_url,
        "standby_urls": list(settings.standby_urls),
        "school_npsn": settings.school_npsn,
        "probe_reference_url": settings.probe_reference_url,
        "probe_seconds": settings.probe_seconds,
        "google_subject": settings.google_subject,
        "google_api_root": settings.google_api_root,
    }
    _write(settings.data_dir / SETTINGS_FILE, stored)


def save_google(data_dir: Path, subject: str | None, api_root: str | None) -> None:
    """Store which console is connected and leave every other setting as it stands, also those not stored at all."""
    path = data_dir / SETTINGS_FILE
    stored = json.loads(path.read_text("utf-8")) if path.exists() else {}
    _write(path, {**stored, "google_subject": subject, "google_api_root": api_root})


def _write(path: Path, stored: dict[str, object]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(stored, indent=2) + "\n", "utf-8")
    os.replace(part, path)


def _origin(url: str, path: Path) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path not in {"", "/"}:
        raise Invalid(
            f"{path}: public_url '{url}' is not an address such as https://ujian.sekolah.sch.id",
            code="settings_invalid",
            file=str(path),
            field="public_url",
        )
    return f"{parts.scheme}://{parts.netloc}"


def _raise_if_probe_wrong(values: dict[str, object], path: Path) -> None:
    url, seconds = values.get("probe_reference_url"), values.get("probe_seconds", 60)
    if url is not None and not (isinstance(url, str) and url.startswith(("http://", "https://"))):
        raise Invalid(
            f"{path}: probe_reference_url is not an address such as https://www.google.com/generate_204, nor null",
            code="settings_invalid",
            file=str(path),
            field="probe_reference_url",
        )
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 1:
        raise Invalid(
            f"{path}: probe_seconds is not a number of at least 1",
            code="settings_invalid",
            file=str(path),
            field="probe_seconds",
        )


def _secret_key(data_dir: Path) -> str:
    """The key that signs staff cookies: made once, readable by this account only."""
    path = data_dir / SECRET_FILE
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(secrets.token_hex(32))
    return path.read_text().strip()
