"""A school without any Google: every page opens, and says which mode it is in."""

from __future__ import annotations

import pytest

from .conftest import Web


@pytest.mark.parametrize("username", ["wayan", "sari", "made", "joko"])
def test_every_page_opens_without_a_console_and_names_the_mode(web: Web, username: str) -> None:
    client = web.sign_in(username)
    seen = 0
    for rule in web.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.arguments or rule.endpoint == "static":
            continue
        answer = client.get(rule.rule)
        assert answer.status_code < 500, (rule.rule, answer.status_code)
        if answer.mimetype == "text/html" and 'class="foot"' in answer.text:
            assert 'class="mode-chip' in answer.text, rule.rule
            seen += 1
    assert seen > 3


def test_what_is_not_there_is_not_found_rather_than_a_fault(web: Web) -> None:
    client = web.sign_in("wayan")
    for rule in web.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or not rule.arguments or rule.endpoint == "static":
            continue
        path = rule.rule
        for name in rule.arguments:
            kind = type(rule._converters[name]).__name__
            start, _, rest = path.partition("<")
            path = start + ("9999" if kind == "IntegerConverter" else "tidak-ada") + rest.partition(">")[2]
        answer = client.get(path)
        assert answer.status_code < 500, (path, answer.status_code)
