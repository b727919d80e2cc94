"""Sentences about a policy plan: what each change does, and why a plan is refused. Secrets are never in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from server.domain.policy_diff import RESTORED
from server.domain.policy_plan import Change, Op, Worry
from server.domain.policy_safety import LIFTABLE
from server.web.policy_reasons import WORRIES
from server.web.policy_words import CHOICES, EFFECTS, HELPERS, KEYBOARDS, TITLES
from server.web.texts import fill
from server.web.words import N_, word

_GONE = N_("%(title)s: dilepas, kembali ikut unit di atasnya.")
_RESTORED = N_("%(title)s: kembali seperti sebelum rencana.")
_SHOWN_MAX = 160


def title(line: str) -> str:
    """A line's name."""
    return word(TITLES, line)


def effect(change: Change) -> str:
    """What a change does, in one sentence."""
    named = title(change.line)
    if change.op is Op.DELETE:
        return fill(gettext(_GONE), title=named)
    if change.params.get(RESTORED):
        return fill(gettext(_RESTORED), title=named)
    words: dict[str, object] = dict(change.params)
    if change.line == "sign_in" and words.get("who") == "listed" and not words.get("addresses"):
        words["who"] = "nobody"  # an empty list lets nobody in, and is told as that
    key = change.line
    if key in CHOICES:
        key = f"{key}:{_choice(words.get(CHOICES[key]))}"
    if "helper" in words:
        words["helper"] = word(HELPERS, words["helper"])
    if "methods" in words:
        words["methods"] = ", ".join(word(KEYBOARDS, name) for name in str(words["methods"]).split(", "))
    text = EFFECTS.get(key)
    return fill(gettext(text), **words) if text is not None else named


def worry_text(worry: Worry) -> str:
    """Why a plan is refused, or what to know, and what can be done."""
    words = {**worry.params, "title": title(str(worry.params.get("line", "other")))}
    text = WORRIES.get(worry.code)
    return fill(gettext(text), **words) if text is not None else worry.code


def may_be_allowed(worry: Worry) -> bool:
    """A person may lift this refusal."""
    return worry.refuses and worry.code in LIFTABLE


def shown(change: Change, value: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """`current` or `desired` of a change as (field, text) for a table; nothing of a secret."""
    if value is None:
        return []
    if change.secret:
        return [(name, gettext("(rahasia, tidak ditampilkan)")) for name in value]
    fields = change.fields or tuple(value)
    return [(name, _told(value[name])) for name in fields if name in value]


def _choice(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return str(gettext("ya") if value else gettext("tidak"))
    if isinstance(value, Mapping):
        text = ", ".join(f"{name}: {_told(inner)}" for name, inner in value.items())
    elif isinstance(value, list | tuple):
        text = ", ".join(_told(inner) for inner in value) or gettext("(kosong)")
    else:
        text = " ".join(str(value).split())
    return text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 1] + "…"
