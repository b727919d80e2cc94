"""One call to Google: its token, its turn in the allowance, its repeats. The methods themselves are in their files."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from google.oauth2 import service_account
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from server.workspace.gateway import Budget, Feature, GoogleError, Json
from server.workspace.google_errors import (
    Failure,
    from_answer,
    from_connection,
    from_token,
    not_google,
    scope_missing,
)
from server.workspace.google_http import TIMEOUT_SECONDS, Http, Lost, NotSent, Signed, TokenRefused
from server.workspace.google_key import Key, read_key
from server.workspace.retry import Tries
from server.workspace.scopes import APIS, METHODS, SCOPES, Rule

log = logging.getLogger(__name__)

MY_CUSTOMER = "my_customer"
#: Codes that mean: the customer cannot be read. The alias serves then, where Google documents it.
_NO_CUSTOMER = {
    "google_scope",
    "google_delegation",
    "google_forbidden",
    "google_api_disabled",
    "google_not_found",
}


@dataclass(frozen=True, slots=True)
class Account:
    """Who acts: the service account's key file, the administrator it acts for, and where (None: Google itself)."""

    credentials: Path
    subject: str | None
    api_root: str | None


class Caller:
    """The lines to one console. For one thread at a time."""

    def __init__(
        self,
        account: Account,
        budget: Budget,
        wait: Callable[[float], None],
        *,
        timeout: float = TIMEOUT_SECONDS,
        spread: Callable[[], float] = random.random,
    ) -> None:
        self._account = account
        self._budget = budget
        self._wait = wait
        self._spread = spread
        self._key: Key = read_key(account.credentials, emulated=account.api_root is not None)
        self._http = Http(timeout)
        self._services: dict[str, Any] = {}
        self._issuer: Any = None
        self._signed: dict[str, Signed] = {}  # by scope
        self._chosen: dict[Feature, str] = {}
        self._delegated: bool | None = None
        self._customer: str | None = None

    # --- scopes ------------------------------------------------------------------------------------------

    def check_feature(self, feature: Feature) -> None:
        """Raises: GoogleError when no token for this feature can be had."""
        tries = Tries(self._spread)
        while (failed := self._sign(feature)) is not None:
            self._pause_or_raise(failed, tries)

    def wider_scopes(self) -> dict[Feature, str]:
        """Features for which the school delegated only a wider scope than Bangku needs, and that scope."""
        return {f: scope for f, scope in self._chosen.items() if scope != SCOPES[f][0]}

    # --- calling -----------------------------------------------------------------------------------------

    def _ask(self, method: str, request: Callable[[Any], Any]) -> Json:
        """Send one request, again while it fails in passing. `request` makes it from the API's service object."""
        rule = METHODS[method]
        tries = Tries(self._spread)
        if rule.patience is not None:
            tries.total = rule.patience
        maybe_done = renewed = False
        while True:
            failed = self._sign(rule.feature)
            if failed is None:
                self._take_turn(rule)
                answer = self._send(method, rule, request)
                if not isinstance(answer, Failure):
                    return answer
                failed = answer
            if failed.token_refused and not renewed:
                renewed = True  # revoked before its time, or one of Google's machines does not know it yet
                self._signed[self._chosen[rule.feature]].forget()
                continue
            if rule.removes and maybe_done and failed.error.code == "google_not_found":
                return {}  # our own lost try removed it
            maybe_done = maybe_done or failed.unsure
            if maybe_done:
                failed.error.params["sent"] = "unknown"
                if rule.once:
                    raise failed.error
            self._pause_or_raise(failed, tries)

    def _pause_or_raise(self, failed: Failure, tries: Tries) -> None:
        seconds = tries.pause(failed.after) if failed.again else None
        if seconds is None:
            raise failed.error
        log.info("%s; try %d in %.1f s", failed.error, tries.sent, seconds)
        self._wait(seconds)

    def _take_turn(self, rule: Rule) -> None:
        self._wait(
            self._budget.reserve(rule.bucket)
        )  # also for nothing: whoever works may be told to stop there

    def _send(self, method: str, rule: Rule, request: Callable[[Any], Any]) -> Json | Failure:
        if rule.once:
            self._http.hang_up()
        try:
            answer = request(self._service(rule.api)).execute(http=self._signed[self._chosen[rule.feature]])
        except HttpError as error:
            return from_answer(error.resp.status, error.resp, error.content, method, rule)
        except (NotSent, Lost) as error:
            return from_connection(error, method, datetime.now(UTC))
        if isinstance(answer, bytes | str):  # a method that answers nothing: nothing or {} will do
            try:
                answer = json.loads(answer) if answer.strip() else {}
            except ValueError:
                return not_google(method)
        return cast("Json", answer) if isinstance(answer, dict) else not_google(method)

    def _service(self, api: str) -> Any:
        """Built from the discovery document that the library ships; nothing is fetched. One serves all scopes, since
        the token is added while sending."""
        if api not in self._services:
            name, version = APIS[api]
            root = self._account.api_root
            self._services[api] = build(
                name,
                version,
                http=self._http,
                static_discovery=True,
                cache_discovery=False,
                client_options={"api_endpoint": root.rstrip("/") + "/"} if root else None,
            )
        return self._services[api]

    # --- tokens ------------------------------------------------------------------------------------------

    def _sign(self, feature: Feature) -> Failure | None:
        """See to a token for the feature: the scope that served before, else the least, else the wider."""
        refused: Failure | None = None
        for scope in (self._chosen[feature],) if feature in self._chosen else SCOPES[feature]:
            failed = self._sign_scope(scope, feature)
            if failed is None:
                if feature not in self._chosen and scope != SCOPES[feature][0]:
                    log.warning("%s: only the wider scope %s is delegated; it is used", feature, scope)
                self._chosen[feature] = scope
                return None
            refused = refused or failed
            if failed.error.code not in {"google_delegation", "google_scope"}:
                return failed
        assert refused is not None
        if refused.error.code == "google_delegation" and self._any_delegated(feature):
            return Failure(
                scope_missing(
                    feature, status=refused.error.http_status, reason=refused.error.reason, **self._who()
                )
            )
        return refused

    def _sign_scope(self, scope: str, feature: Feature) -> Failure | None:
        if scope not in self._signed:
            if self._issuer is None:  # once: reading a private key costs more than a call
                self._issuer = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
                    self._key.info, subject=self._account.subject
                )
            self._signed[scope] = Signed(self._issuer.with_scopes([scope]), self._http)
        try:
            self._signed[scope].sign()
        except TokenRefused as refused:
            return from_token(refused, feature, self._who(), datetime.now(UTC))
        except (NotSent, Lost) as error:
            failed = from_connection(error, "Google sign-in", datetime.now(UTC))
            return Failure(failed.error, failed.again, unsure=False)  # a token that went astray does nothing
        self._delegated = True
        return None

    def _any_delegated(self, feature: Feature) -> bool:
        """Google says the same when nothing is delegated and when one scope is missing: the others tell which."""
        if self._delegated is None:
            for scope in sorted({SCOPES[other][0] for other in Feature} - set(SCOPES[feature])):
                failed = self._sign_scope(scope, feature)
                if failed is None or failed.again:
                    break  # granted; or Google is away for a moment, and nothing was learnt
            else:
                self._delegated = False
        return bool(self._delegated)

    def _who(self) -> dict[str, str]:
        return {
            "account": self._key.account,
            "client_id": self._key.client_id,
            "subject": self._account.subject or "",
        }

    # --- customer ----------------------------------------------------------------------------------------

    def get_customer(self) -> Json:
        answer = self._ask("directory.customers.get", lambda s: s.customers().get(customerKey=MY_CUSTOMER))
        self._customer = str(answer["id"])
        return answer

    def _customer_id(self, *, alias: bool = True) -> str:
        """The customer's own id, asked once. `alias`: this method is documented to take `my_customer` as well."""
        if self._customer is None:
            try:
                self.get_customer()
            except GoogleError as error:
                if error.code not in _NO_CUSTOMER:
                    raise
                log.warning("customer: %s", error)
                self._customer = MY_CUSTOMER
        if self._customer == MY_CUSTOMER and not alias:
            # The documents name only the account's own id here; asked again, so that a new grant is seen.
            self.get_customer()
        assert self._customer is not None
        return self._customer
