"""The school's policy settings as a form: what is there is shown, what is wrong is named, what is right is kept."""

from __future__ import annotations

from typing import Any

from server.domain.policy_settings import PolicySettings
from server.services import policy_settings
from server.web.policy_form import GROUPS, Kind
from server.web.policy_settings_page import all_fields

from .conftest import Web

FIELDS = {field.name: field for group in GROUPS for field in group.fields}


def filled(**other: str | list[str]) -> dict[str, Any]:
    """The form as a browser sends it when nothing was changed."""
    fresh = PolicySettings().as_dict()
    flat = {**fresh, **{f"accessibility.{k}": v for k, v in fresh["accessibility"].items()}}
    form: dict[str, Any] = {}
    for name, field in FIELDS.items():
        value = flat[name]
        if field.kind is Kind.YES_NO:
            form |= {name: "1"} if value else {}
        elif field.kind is Kind.LINES:
            form[name] = "\n".join(value)
        elif field.kind is Kind.MAYBE:
            form[name] = "" if value is None else str(int(value))
        else:
            form[name] = "" if value is None else value
    return {**form, **other}


def kept(web: Web) -> PolicySettings:
    with web.context.db.read() as c:
        return policy_settings.get(c)


def test_every_setting_has_its_field_and_every_choice_a_word() -> None:
    assert set(FIELDS) == all_fields()


def test_a_form_that_was_not_touched_keeps_the_safe_answers(web: Web) -> None:
    client = web.sign_in("wayan")
    assert client.post("/setup/policy", data=filled()).status_code == 302
    assert kept(web) == PolicySettings()


def test_what_is_entered_is_kept_shown_again_and_on_record(web: Web) -> None:
    client = web.sign_in("wayan")
    form = filled(
        own_domains="smp1.sch.id, smp1.sch.id.id", lid="suspend", max_devices="40", exam_browser_app="b" * 32
    )
    form |= {
        "accessibility.menu": "0",
        "accessibility.magnifier": "docked",
        "sign_in_groups": ["pupils", "office"],
    }
    answer = client.post("/setup/policy", data=form)
    assert answer.headers["Location"].startswith("/setup/policy?done")
    found = kept(web)
    assert found.own_domains == ("smp1.sch.id", "smp1.sch.id.id")
    assert (found.lid, found.max_devices, found.exam_browser_app) == ("suspend", 40, "chrome:" + "b" * 32)
    assert (found.accessibility.menu, found.accessibility.magnifier) == (False, "docked")
    assert found.sign_in_groups == ("pupils", "office")
    text = client.get("/setup/policy").get_data(as_text=True)
    assert 'value="40"' in text
    assert "smp1.sch.id\nsmp1.sch.id.id" in text
    line = next(row for row in web.audit() if row.action == "policy.settings")
    assert "max_devices" in line.detail["fields"]


def test_every_mistake_stands_beside_its_field_and_nothing_is_kept(web: Web) -> None:
    client = web.sign_in("wayan")
    form = filled(
        own_domains="@smp1.sch.id", max_devices="banyak", exam_browser_app="ujian", pause_days="400"
    )
    answer = client.post("/setup/policy", data=form)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for name in ("own_domains", "max_devices", "exam_browser_app", "pause_days"):
        assert f'id="error-{name}"' in text
        assert f'aria-describedby="error-{name}"' in text
    assert "@smp1.sch.id" in text, "what was typed is still there to be corrected"
    assert kept(web) == PolicySettings()


def test_the_set_up_page_leads_there(web: Web) -> None:
    assert "/setup/policy" in web.sign_in("wayan").get("/setup").get_data(as_text=True)
