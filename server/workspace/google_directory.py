"""Directory API: org units and users.

Google writes an org unit's path with a slash in bodies and without one in addresses, and its id as `id:…`. Callers
say `/Ujian/Ruang 1` or `id:…` everywhere; the rest is done here.
"""

from __future__ import annotations

from urllib.parse import quote

from server.workspace.gateway import Json, Page
from server.workspace.google_calls import Caller

#: What a plan needs to know about an account; no name, address or photo of a person.
USER_FIELDS = (
    "id,primaryEmail,orgUnitPath,suspended,archived,isAdmin,isDelegatedAdmin,changePasswordAtNextLogin"
)
USERS_PER_PAGE = 500


def in_address(path_or_id: str) -> str:
    """As part of an address: no leading slash, everything quoted but the slashes between."""
    return quote(in_query(path_or_id), safe="/:") or "/"


def in_query(path_or_id: str) -> str:
    """As a value of a query: no leading slash. The root stays `/`."""
    return path_or_id if path_or_id.startswith("id:") else path_or_id.strip("/") or "/"


def with_slash(path_or_id: str) -> str:
    """As `moveDevicesToOu` and bodies want it."""
    return path_or_id if path_or_id.startswith("id:") else "/" + path_or_id.strip("/")


class DirectoryCalls(Caller):
    """Org units and users."""

    def list_org_units(self) -> list[Json]:
        customer = self._customer_id()
        answer = self._ask(
            "directory.orgunits.list",
            lambda s: s.orgunits().list(customerId=customer, type="allIncludingParent"),
        )
        return list(answer.get("organizationUnits", ()))

    def get_org_unit(self, path_or_id: str) -> Json:
        customer = self._customer_id()
        return self._ask(
            "directory.orgunits.get",
            lambda s: s.orgunits().get(customerId=customer, orgUnitPath=in_address(path_or_id)),
        )

    def insert_org_unit(self, name: str, parent_path: str) -> Json:
        customer = self._customer_id()
        parent = with_slash(parent_path)
        place = {"parentOrgUnitId": parent} if parent.startswith("id:") else {"parentOrgUnitPath": parent}
        return self._ask(
            "directory.orgunits.insert",
            lambda s: s.orgunits().insert(customerId=customer, body={"name": name, **place}),
        )

    def patch_org_unit(self, path_or_id: str, body: Json) -> Json:
        customer = self._customer_id()
        return self._ask(
            "directory.orgunits.patch",
            lambda s: s.orgunits().patch(customerId=customer, orgUnitPath=in_address(path_or_id), body=body),
        )

    def delete_org_unit(self, path_or_id: str) -> None:
        customer = self._customer_id()
        self._ask(
            "directory.orgunits.delete",
            lambda s: s.orgunits().delete(customerId=customer, orgUnitPath=in_address(path_or_id)),
        )

    def list_users(self, *, query: str | None = None, page_token: str | None = None) -> Page:
        customer = self._customer_id()
        answer = self._ask(
            "directory.users.list",
            lambda s: s.users().list(
                customer=customer,
                query=query,
                pageToken=page_token,
                maxResults=USERS_PER_PAGE,
                fields=f"nextPageToken,users({USER_FIELDS})",
            ),
        )
        return Page(tuple(answer.get("users", ())), answer.get("nextPageToken"))

    def get_user(self, key: str) -> Json:
        return self._ask("directory.users.get", lambda s: s.users().get(userKey=key, fields=USER_FIELDS))

    def patch_user(self, key: str, body: Json) -> Json:
        return self._ask(
            "directory.users.patch", lambda s: s.users().patch(userKey=key, body=body, fields=USER_FIELDS)
        )
