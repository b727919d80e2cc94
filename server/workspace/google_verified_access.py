"""Verified Access v2: Google's word on whether a Chromebook is a managed one in verified mode, or in a kiosk session."""

from __future__ import annotations

from server.workspace.gateway import GoogleError, Json
from server.workspace.google_calls import Caller

#: What Google says of an answer that it does not accept. A right or a scope that is missing shows when the challenge is
#: asked for, with the same token a moment before; so these are about the Chromebook.
_REFUSED = frozenset({"google_invalid", "google_forbidden", "google_conflict", "google_not_found"})


class VerifiedAccessCalls(Caller):
    """Challenge and answer."""

    def generate_challenge(self) -> str:
        answer = self._ask("verifiedaccess.challenge.generate", lambda s: s.challenge().generate(body={}))
        return str(answer.get("challenge", ""))

    def verify_challenge(self, response: str, expected_identity: str) -> Json:
        body = {"challengeResponse": response, "expectedIdentity": expected_identity}
        try:
            return self._ask("verifiedaccess.challenge.verify", lambda s: s.challenge().verify(body=body))
        except GoogleError as error:
            # A challenge serves once: after a lost answer, "no" may only mean that our first try had used it up.
            if error.code not in _REFUSED or error.params.get("sent") == "unknown":
                raise
            raise GoogleError(
                f"Verified Access: Google does not vouch for this Chromebook (Google: {error.params.get('said', '')})",
                code="google_not_attested",
                status=error.http_status,
                reason=error.reason,
                details=error.details,
                said=error.params.get("said", ""),
            ) from error
