"""Chrome Policy API: schemas, what is in force, changing it; networks and certificates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.workspace.gateway import POLICIES_PER_PAGE, SCHEMAS_PER_PAGE, Json, Page
from server.workspace.google_calls import Caller

_POLICIES = "chromepolicy.customers.policies."


def target(org_unit_id: str) -> str:
    """The Directory API says `id:…`, this one `orgunits/…`, of the same org unit."""
    return "orgunits/" + org_unit_id.removeprefix("orgunits/").removeprefix("id:")


class PolicyCalls(Caller):
    """Policies. `my_customer` is documented for all of them."""

    def list_policy_schemas(self, *, filter: str | None = None, page_token: str | None = None) -> Page:
        parent = self._parent()
        answer = self._ask(
            "chromepolicy.customers.policySchemas.list",
            lambda s: (
                s.customers()
                .policySchemas()
                .list(parent=parent, filter=filter, pageSize=SCHEMAS_PER_PAGE, pageToken=page_token)
            ),
        )
        return Page(tuple(answer.get("policySchemas", ())), answer.get("nextPageToken") or None)

    def get_policy_schema(self, schema: str) -> Json:
        name = f"{self._parent()}/policySchemas/{schema}"
        return self._ask(
            "chromepolicy.customers.policySchemas.get",
            lambda s: s.customers().policySchemas().get(name=name),
        )

    def resolve_policies(
        self,
        schema_filter: str,
        org_unit_id: str,
        *,
        additional_target_keys: Mapping[str, str] | None = None,
        page_token: str | None = None,
    ) -> Page:
        customer = self._parent()
        key: Json = {"targetResource": target(org_unit_id)}
        if additional_target_keys:
            key["additionalTargetKeys"] = dict(additional_target_keys)
        body: Json = {
            "policySchemaFilter": schema_filter,
            "policyTargetKey": key,
            "pageSize": POLICIES_PER_PAGE,
        }
        if page_token:
            body["pageToken"] = page_token
        answer = self._ask(
            _POLICIES + "resolve",
            lambda s: s.customers().policies().resolve(customer=customer, body=body),
        )
        return Page(tuple(answer.get("resolvedPolicies", ())), answer.get("nextPageToken") or None)

    def batch_modify_policies(self, requests: Sequence[Json]) -> None:
        customer = self._parent()
        body = {"requests": [_aimed(request) for request in requests]}
        self._ask(
            _POLICIES + "orgunits.batchModify",
            lambda s: s.customers().policies().orgunits().batchModify(customer=customer, body=body),
        )

    def batch_inherit_policies(self, requests: Sequence[Json]) -> None:
        customer = self._parent()
        body = {"requests": [_aimed(request) for request in requests]}
        self._ask(
            _POLICIES + "orgunits.batchInherit",
            lambda s: s.customers().policies().orgunits().batchInherit(customer=customer, body=body),
        )

    def define_network(self, org_unit_id: str, name: str, settings: Sequence[Json]) -> Json:
        customer = self._parent()
        body: Json = {"targetResource": target(org_unit_id), "name": name, "settings": list(settings)}
        return self._ask(
            _POLICIES + "networks.defineNetwork",
            lambda s: s.customers().policies().networks().defineNetwork(customer=customer, body=body),
        )

    def remove_network(self, org_unit_id: str, network_id: str) -> None:
        customer = self._parent()
        body = {"targetResource": target(org_unit_id), "networkId": network_id}
        self._ask(
            _POLICIES + "networks.removeNetwork",
            lambda s: s.customers().policies().networks().removeNetwork(customer=customer, body=body),
        )

    def define_certificate(
        self, org_unit_id: str, name: str, certificate: str, settings: Sequence[Json] = ()
    ) -> Json:
        customer = self._parent()
        # "ceritificateName" is how the discovery document spells it.
        body: Json = {
            "targetResource": target(org_unit_id),
            "ceritificateName": name,
            "certificate": certificate,
            "settings": list(settings),
        }
        return self._ask(
            _POLICIES + "networks.defineCertificate",
            lambda s: s.customers().policies().networks().defineCertificate(customer=customer, body=body),
        )

    def remove_certificate(self, org_unit_id: str, network_id: str) -> None:
        customer = self._parent()
        body = {"targetResource": target(org_unit_id), "networkId": network_id}
        self._ask(
            _POLICIES + "networks.removeCertificate",
            lambda s: s.customers().policies().networks().removeCertificate(customer=customer, body=body),
        )

    def _parent(self) -> str:
        return f"customers/{self._customer_id()}"


def _aimed(request: Json) -> Json:
    key = request.get("policyTargetKey")
    if not isinstance(key, dict) or "targetResource" not in key:
        return request
    return {**request, "policyTargetKey": {**key, "targetResource": target(key["targetResource"])}}
