"""Who is asking, and may they: the token endpoint, and the checks each call goes through.

The order is Google's as far as it is known: token, API enabled, scope, admin role. *Assumed*: which privilege of an
admin role a method needs (`PRIVILEGE_OF`); that five minutes of wrong clock are forgiven.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from server.workspace.emulator.answers import Answer, error_info, token_error
from server.workspace.emulator.call import Json, Refusal
from server.workspace.emulator.discovery import Method, methods
from server.workspace.emulator.keys import CLIENT_ID, EMAIL, PROJECT
from server.workspace.emulator.world import World

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
#: What google-auth names as audience, whoever it asks.
AUDIENCE = "https://oauth2.googleapis.com/token"
SKEW_SECONDS = 300
LONGEST_SECONDS = 3600

#: Beginning of a method id → privilege to read, privilege to change. The longest beginning counts.
PRIVILEGE_OF = {
    "directory.chromeosdevices.": ("devices_read", "devices_manage"),
    "admin.customer.devices.chromeos.": ("devices_read", "devices_manage"),
    "directory.orgunits.": ("org_units_read", "org_units_write"),
    "directory.users.": ("users_read", "users_write"),
    "directory.customers.": ("customer_read", "customer_write"),
    "chromepolicy.": ("policy_read", "policy_write"),
    "chromemanagement.": ("telemetry_read", "telemetry_read"),
}


def token_answer(world: World, form: Mapping[str, str], token_uri: str) -> Answer:
    """POST /token."""
    if form.get("grant_type") != GRANT:
        return token_error(400, "unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}")
    now = world.clock() + world.state["settings"]["token_clock"]
    try:
        claims = _claims(world, form.get("assertion", ""))
        _check_times(claims, now)
    except ValueError as error:
        return token_error(400, "invalid_grant", str(error))
    if claims.get("iss") not in (EMAIL, CLIENT_ID):
        return token_error(400, "invalid_grant", "Invalid grant: account not found")
    if claims.get("aud") not in (AUDIENCE, token_uri):
        return token_error(400, "invalid_grant", "Invalid JWT: Failed audience check.")
    subject = claims.get("sub", EMAIL)
    if subject != EMAIL and _user(world, subject) is None:
        return token_error(400, "invalid_grant", "Invalid email or User ID")
    asked = frozenset(str(claims.get("scope", "")).split())
    every = frozenset(scope for method in methods().values() for scope in method.scopes)
    if not asked:
        return token_error(400, "invalid_scope", "Empty or missing scope not allowed.")
    if not asked <= every:
        return token_error(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.")
    granted = world.state["settings"]["delegated_scopes"]
    if subject != EMAIL and granted is not None and not asked <= set(granted):
        return token_error(
            401,
            "unauthorized_client",
            "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any "
            "of the scopes requested.",
        )
    return _issue(world, subject, asked)


def authorise(world: World, method: Method, token: str | None) -> tuple[str, frozenset[str]]:
    """(subject, scopes) of a call that may go on. Raises Refusal 401 or 403."""
    subject, scopes = holder(world, token)
    service = method.service
    if method.api in world.state["settings"]["apis_disabled"]:
        raise Refusal(
            403,
            "accessNotConfigured",
            f"{service} has not been used in project {PROJECT} before or it is disabled. Enable it by visiting "
            f"https://console.developers.google.com/apis/api/{service}/overview?project={PROJECT} then retry. If "
            "you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.",
            rpc="PERMISSION_DENIED",
            details=[error_info("SERVICE_DISABLED", service, consumer=f"projects/{PROJECT}")],
        )
    if method.scopes and not method.scopes & scopes:
        raise Refusal(
            403,
            "insufficientPermissions",
            "Request had insufficient authentication scopes.",
            rpc="PERMISSION_DENIED",
            details=[error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", service, method=method.id)],
        )
    needed = _privilege(method)
    if needed is not None and needed not in _privileges(world, subject):
        if method.api == "admin":
            raise Refusal(403, "forbidden", "Not Authorized to access this resource/api")
        raise Refusal(403, "forbidden", "The caller does not have permission", rpc="PERMISSION_DENIED")
    return subject, scopes


def holder(world: World, token: str | None) -> tuple[str, frozenset[str]]:
    """Who a token was given to. Raises Refusal 401."""
    found: Json | None = None
    if token:
        found = world.state["oauth"]["tokens"].get(_digest(token))
    if found is None or found["expires_at"] <= world.clock():
        raise Refusal(
            401,
            "authError" if token else "required",
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
            "valid authentication credential."
            if token
            else "Login Required.",
            rpc="UNAUTHENTICATED",
        )
    return found["subject"], frozenset(found["scopes"])


def _issue(world: World, subject: str, scopes: frozenset[str]) -> Answer:
    seconds = world.state["settings"]["token_seconds"]
    token = "ya29.emulated-" + secrets.token_urlsafe(32)
    now = world.clock()
    with world.changing() as state:
        kept = {d: t for d, t in state["oauth"]["tokens"].items() if t["expires_at"] > now}
        kept[_digest(token)] = {"subject": subject, "scopes": sorted(scopes), "expires_at": now + seconds}
        state["oauth"]["tokens"] = kept
    return Answer(200, {"access_token": token, "expires_in": seconds, "token_type": "Bearer"})


def _claims(world: World, assertion: str) -> Json:
    """What the JWT says, once its signature holds."""
    parts = assertion.split(".")
    if len(parts) != 3:
        raise ValueError("Bad Request")
    try:
        header, claims = (json.loads(_decode(part)) for part in parts[:2])
        signature = _decode(parts[2])
    except ValueError as error:
        raise ValueError("Bad Request") from error
    key = world.state["oauth"]["key"]
    public = serialization.load_pem_public_key(key["public"].encode())
    assert isinstance(public, rsa.RSAPublicKey)
    try:
        if header.get("alg") != "RS256" or header.get("kid", key["id"]) != key["id"]:
            raise InvalidSignature
        public.verify(signature, ".".join(parts[:2]).encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise ValueError("Invalid JWT Signature.") from error
    if not isinstance(claims, dict):
        raise ValueError("Bad Request")
    return claims


def _check_times(claims: Json, now: float) -> None:
    issued, expires = claims.get("iat"), claims.get("exp")
    if (
        not isinstance(issued, (int, float))
        or not isinstance(expires, (int, float))
        or issued > now + SKEW_SECONDS
        or expires < now - SKEW_SECONDS
        or expires - issued > LONGEST_SECONDS
    ):
        raise ValueError(
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your "
            "iat and exp values in the JWT claim."
        )


def _privilege(method: Method) -> str | None:
    for beginning in sorted(PRIVILEGE_OF, key=len, reverse=True):
        if method.id.startswith(beginning):
            read, change = PRIVILEGE_OF[beginning]
            return change if method.changes else read
    return None


def _privileges(world: World, subject: str) -> set[str]:
    user = _user(world, subject)
    if user is None or user.get("suspended"):
        return set()
    return set(world.state["roles"].get(user.get("role"), ()))


def _user(world: World, email: Any) -> Json | None:
    users: dict[str, Json] = world.state["users"]
    return next((u for u in users.values() if u["primaryEmail"].casefold() == str(email).casefold()), None)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _decode(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise ValueError(str(error)) from error
