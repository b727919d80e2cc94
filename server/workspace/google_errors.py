"""Every way in which Google does not answer, and what it means for the school.

One table reads Google's words (status, reasons, google.rpc details) and gives a `GoogleError`: a code, whether the
same call may succeed later by itself, and the page where a person puts it right. `kind` picks the sentence on screen
where one code has several. What Google said goes along, shortened; nothing that was sent to it does.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from server.workspace.gateway import Feature, GoogleError
from server.workspace.google_answer import LONGEST, Said
from server.workspace.google_http import Lost, NotSent, TokenRefused
from server.workspace.google_key import KEYS_PAGE
from server.workspace.scopes import SCOPES, Rule

ADMIN = "https://admin.google.com/ac/"
DELEGATION_PAGE = ADMIN + "owl/domainwidedelegation"
ROLES_PAGE = ADMIN + "roles"
USERS_PAGE = ADMIN + "users"
ABOUT_PAGES = {
    "org_unit": ADMIN + "orgunits",
    "device": ADMIN + "chrome/devices",
    "command": ADMIN + "chrome/devices",
    "user": USERS_PAGE,
    "schema": ADMIN + "chrome/settings",
    "network": ADMIN + "networks",
    "customer": ADMIN + "accountsettings",
}

NO_SKEW_SECONDS = 60

HOSTS = {
    "directory": "admin.googleapis.com",
    "policy": "chromepolicy.googleapis.com",
    "management": "chromemanagement.googleapis.com",
    "verified": "verifiedaccess.googleapis.com",
}

#: Reasons (in lower case) that pass by themselves; `num_retries` of the client library knows only two of them.
QUOTA = {
    *("quotaexceeded", "ratelimitexceeded", "userratelimitexceeded", "sharingratelimitexceeded"),
    *("rate_limit_exceeded", "resource_exhausted", "concurrentlimitexceeded"),
}
HICCUPS = {
    *("backenderror", "internalerror", "transienterror", "badgateway", "gatewaytimeout"),
    *("internal", "unavailable", "deadline_exceeded", "servicenotavailable"),
}
SCOPE = {"insufficientpermissions", "insufficientscopes", "access_token_scope_insufficient"}
DISABLED = {"accessnotconfigured", "service_disabled", "api_disabled"}
GONE = {"notfound", "resourcenotfound", "not_found", "invalidorgunit", "orgunitnotfound", "deviceidnotfound"}
CONFLICT = {
    "duplicate",
    "entityexists",
    "already_exists",
    "conditionnotmet",
    "conflict",
    "failed_precondition",
}

#: What may pass, and still not within minutes.
TOMORROW = {"dailylimitexceeded"}


@dataclass(frozen=True, slots=True)
class Failure:
    """`again`: worth another try soon. `unsure`: Google may have done it. `after`: seconds that Google asks for."""

    error: GoogleError
    again: bool = False
    unsure: bool = False
    after: float | None = None
    token_refused: bool = False


def from_answer(status: int, headers: Mapping[str, str], content: bytes, method: str, rule: Rule) -> Failure:
    """The failure that an answer with an error status stands for."""
    said = Said.read(status, content)
    after = _retry_after(headers)

    def failed(
        code: str, what: str, *, passing: bool = False, soon: bool | None = None, unsure: bool = False,
        token: bool = False, **params: Any,
    ) -> Failure:  # fmt: skip
        error = GoogleError(
            f"{method}: {what}" + (f" (Google: {said.message})" if said.message else ""),
            code=code, status=status, reason=said.reason, passing=passing, details=said.details,
            method=method, said=said.message, **params,
        )  # fmt: skip
        return Failure(error, passing if soon is None else soon, unsure, after, token)

    words = said.words
    if words & DISABLED:
        api = said.metadata("service") or HOSTS[rule.api]
        return failed(
            "google_api_disabled",
            f"{api} is not enabled in the Cloud project of the key; enable it there",
            api=api, page=f"https://console.cloud.google.com/apis/library/{api}",
        )  # fmt: skip
    if words & SCOPE:
        return Failure(scope_missing(rule.feature, status=status, reason=said.reason, method=method))
    if words & TOMORROW:
        return failed(
            "google_quota", "today's allowance is used up; try tomorrow", passing=True, soon=False, kind="day"
        )
    if status == 429 or (status < 500 and words & QUOTA):
        return failed("google_quota", "more calls than Google allows just now; wait", passing=True)
    if status == 401:
        return failed(
            "google_credentials", "the key is not accepted; make a new key and connect again",
            token=True, kind="refused", page=KEYS_PAGE,
        )  # fmt: skip
    if status == 501:
        return failed("google_unknown", "Google does not offer this; update Bangku")
    if status >= 500 or words & HICCUPS:
        return failed(
            "google_unavailable", f"Google answered {status}; wait and try again",
            passing=True, unsure=True, kind="server", status_code=status,
        )  # fmt: skip
    if "aborted" in words:
        return failed("google_conflict", "somebody else changed it at this moment; wait", passing=True)
    if status in {404, 410} or words & GONE or (status == 400 and said.about_org_unit):
        about = "org_unit" if said.about_org_unit else rule.about
        return failed(
            "google_not_found", f"no such {about.replace('_', ' ')} in the console; sync, then look again",
            kind=about, page=ABOUT_PAGES[about],
        )  # fmt: skip
    if status == 403:
        return failed(
            "google_forbidden",
            f"the administrator Bangku acts for lacks the right for {rule.feature}; give the role in the Admin console",
            feature=str(rule.feature), page=ROLES_PAGE,
        )  # fmt: skip
    if status in {409, 412} or words & CONFLICT:
        return failed(
            "google_conflict", "its state in the console does not allow this; sync, then look again"
        )
    if 400 <= status < 500:
        return failed("google_invalid", "Google does not accept the request; report it with this line")
    return failed(
        "google_unknown", f"an answer that Bangku does not know ({status}); report it with this line"
    )


def from_token(refused: TokenRefused, feature: Feature, account: Mapping[str, str], now: datetime) -> Failure:
    """The failure of fetching a token. Delegation and scope are told apart by whoever knows the other scopes."""
    status, word, said = refused.status, refused.error, refused.description[:LONGEST]
    lower = said.lower()

    def failed(code: str, what: str, **params: Any) -> Failure:
        message = f"Google sign-in of {account['account']} for {account['subject']}: {what} (Google: {word}: {said})"
        return Failure(
            GoogleError(message, code=code, status=status, reason=word, said=said, **{**account, **params})
        )

    if status < 400:
        return replace(not_google("Google sign-in"), unsure=False)
    if (
        status in {408, 429}
        or status >= 500
        or word in {"internal_failure", "server_error", "temporarily_unavailable"}
    ):
        error = GoogleError(
            f"Google sign-in: answered {status}; wait and try again",
            code="google_unavailable", status=status, reason=word, passing=True, kind="server", status_code=status,
        )  # fmt: skip
        return Failure(error, True, False, _retry_after(refused.headers))
    if word in {"unauthorized_client", "access_denied"}:
        return failed(
            "google_delegation",
            f"delegation is not granted; enter client {account['client_id']} with its scopes in the Admin console",
            page=DELEGATION_PAGE,
        )
    if word == "invalid_scope":
        return Failure(scope_missing(feature, status=status, reason=word, **account))
    if (
        word in {"invalid_client", "disabled_client", "deleted_client"}
        or "signature" in lower
        or "account" in lower
    ):
        return failed(
            "google_credentials", "the key or its account is deleted or disabled; make a new key and connect again",
            kind="revoked", page=KEYS_PAGE,
        )  # fmt: skip
    if word == "invalid_grant" and any(
        w in lower for w in ("reasonable timeframe", "iat", "short-lived", "expired")
    ):
        skew = skew_seconds(refused.headers, now)
        if skew is not None and abs(skew) < NO_SKEW_SECONDS:
            skew = None  # a clock that was put right meanwhile, or a proxy's Date
        told = "its clock is wrong" if skew is None else f"its clock is {skew:+d} s off Google's"
        return failed(
            "google_clock", f"{told}; set the clock of this computer by the internet and try again",
            kind="unmeasured" if skew is None else "measured", skew_seconds=skew,
        )  # fmt: skip
    if word == "invalid_grant":
        return failed(
            "google_subject", "no such administrator, or suspended; enter an administrator who can sign in",
            page=USERS_PAGE,
        )  # fmt: skip
    return failed(
        "google_unknown", "an answer that Bangku does not know; something stands between this and Google"
    )


def scope_missing(
    feature: Feature, *, status: int | None = None, reason: str = "", **params: Any
) -> GoogleError:
    """Delegation is granted, and this feature's scope is not part of it."""
    scope = SCOPES[feature][0]
    return GoogleError(
        f"{feature}: scope {scope} is not delegated; add it to the client's line in the Admin console",
        code="google_scope", status=status, reason=reason,
        feature=str(feature), scope=scope, page=DELEGATION_PAGE, **params,
    )  # fmt: skip


def from_connection(error: NotSent | Lost, method: str, now: datetime) -> Failure:
    """No connection, or one that broke."""
    cause = error.cause
    sent = isinstance(error, Lost)
    if isinstance(cause, ssl.SSLCertVerificationError):
        early = "not yet valid" in cause.verify_message or "expired" in cause.verify_message
        if early:
            return Failure(
                GoogleError(
                    f"{method}: Google's certificate does not fit the date {now:%Y-%m-%d}; set this computer's clock",
                    code="google_clock", reason="certificate", kind="certificate", date=f"{now:%Y-%m-%d}",
                )
            )  # fmt: skip
        return Failure(
            GoogleError(
                f"{method}: who answers is not Google ({cause.verify_message}); let *.googleapis.com through unread",
                code="google_unavailable", reason="certificate", kind="certificate",
            )
        )  # fmt: skip
    slow = isinstance(cause, TimeoutError)
    what = "no answer in time" if slow else "the connection broke" if sent else "no connection"
    return Failure(
        GoogleError(
            f"{method}: {what} ({type(cause).__name__}); look at the school's internet and try again",
            code="google_unavailable", reason=type(cause).__name__, passing=True,
            kind="slow" if slow else "broken" if sent else "unreachable", method=method,
        ),
        again=True, unsure=sent,
    )  # fmt: skip


def not_google(method: str) -> Failure:
    """An answer that is no answer of Google's: a sign-in page of the network, a proxy's notice."""
    return Failure(
        GoogleError(
            f"{method}: something else than Google answered; let *.googleapis.com through in the school's network",
            code="google_unavailable", reason="not_google", passing=True, kind="not_google", method=method,
        ),
        again=True, unsure=True,
    )  # fmt: skip


def skew_seconds(headers: Mapping[str, str], now: datetime) -> int | None:
    """This computer's clock less Google's, from the answer's Date; above 0: ours is ahead."""
    try:
        return round((now - parsedate_to_datetime(headers["date"]).astimezone(UTC)).total_seconds())
    except (KeyError, ValueError, TypeError):
        return None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("retry-after", "")
    if value.isdigit():
        return float(value)
    try:
        # A date is measured against the answer's own, so that our clock plays no part.
        until, at = parsedate_to_datetime(value), parsedate_to_datetime(headers["date"])
        return max(0.0, (until - at).total_seconds())
    except (KeyError, ValueError, TypeError):
        return None
