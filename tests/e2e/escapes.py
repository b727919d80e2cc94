"""The escape list: what a bored pupil, or a clever one, tries on a keyboard and a mouse.

An action is a list of xdotool steps. `effect` says what it does in a Chromium that nobody locked.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Escape:
    name: str
    steps: tuple[tuple[str, ...], ...]
    effect: str


def _key(combo: str, effect: str) -> Escape:
    return Escape(combo, (("key", "--clearmodifiers", combo),), effect)


_KEYS: tuple[tuple[str, str], ...] = (
    ("ctrl+t", "new tab"),
    ("ctrl+n", "new window"),
    ("ctrl+shift+n", "incognito window"),
    ("ctrl+shift+t", "reopen tab"),
    ("ctrl+w", "close tab, and so the browser"),
    ("ctrl+F4", "close tab"),
    ("ctrl+shift+w", "close window"),
    ("alt+F4", "close window"),
    ("ctrl+q", "quit"),
    ("ctrl+shift+q", "quit"),
    ("ctrl+l", "address bar"),
    ("ctrl+k", "search in address bar"),
    ("ctrl+e", "search in address bar"),
    ("alt+d", "address bar"),
    ("F6", "next pane"),
    ("shift+F6", "previous pane"),
    ("F10", "menu"),
    ("alt+f", "menu"),
    ("alt+e", "menu"),
    ("shift+alt+t", "toolbar focus"),
    ("shift+alt+b", "bookmarks focus"),
    ("ctrl+h", "history"),
    ("ctrl+j", "downloads"),
    ("ctrl+d", "bookmark"),
    ("ctrl+shift+d", "bookmark all"),
    ("ctrl+shift+b", "bookmark bar"),
    ("ctrl+shift+o", "bookmark manager"),
    ("ctrl+shift+Delete", "clear data"),
    ("ctrl+shift+m", "profile menu"),
    ("ctrl+shift+a", "tab search"),
    ("shift+Escape", "task manager"),
    ("F1", "help"),
    ("F3", "find next"),
    ("F5", "reload"),
    ("F7", "caret browsing"),
    ("F11", "leave full screen"),
    ("F12", "developer tools"),
    ("Escape", "leave full screen"),
    ("ctrl+shift+i", "developer tools"),
    ("ctrl+shift+j", "console"),
    ("ctrl+shift+c", "inspect"),
    ("ctrl+u", "source"),
    ("ctrl+f", "find"),
    ("ctrl+g", "find next"),
    ("ctrl+p", "print"),
    ("ctrl+shift+p", "system print"),
    ("ctrl+s", "save"),
    ("ctrl+o", "open file"),
    ("ctrl+r", "reload"),
    ("ctrl+shift+r", "hard reload"),
    ("ctrl+plus", "zoom in"),
    ("ctrl+minus", "zoom out"),
    ("ctrl+0", "zoom reset"),
    ("alt+Left", "back"),
    ("alt+Right", "forward"),
    ("alt+Home", "home page"),
    ("ctrl+Tab", "next tab"),
    ("ctrl+shift+Tab", "previous tab"),
    ("ctrl+1", "first tab"),
    ("ctrl+9", "last tab"),
    ("ctrl+Return", "open in new tab"),
    ("super", "system menu"),
    ("alt+Tab", "next window"),
    ("alt+space", "window menu"),
    ("Menu", "context menu"),
    ("shift+F10", "context menu"),
)


def _click(name: str, target: str, button: str, effect: str, held: str | None = None) -> Escape:
    """A click on a link of the stage page; `target` is replaced by its screen position."""
    press = (("keydown", held),) if held else ()
    release = (("keyup", held),) if held else ()
    return Escape(name, (("mousemove", target), *press, ("click", button), *release), effect)


ESCAPES: tuple[Escape, ...] = (
    *(_key(combo, effect) for combo, effect in _KEYS),
    _click("click on a link to another site", "@other", "1", "another page"),
    _click("middle click on a link", "@other", "2", "new tab"),
    _click("ctrl click on a link", "@other", "1", "new tab", "ctrl"),
    _click("shift click on a link", "@other", "1", "new window", "shift"),
    _click("click on a target=_blank link", "@blank", "1", "new tab"),
    _click("right click", "@other", "3", "context menu"),
    _click("click on a window.open button", "@popup", "1", "pop-up window"),
    _click("click on a button that sets location", "@location", "1", "another page"),
)

assert len(ESCAPES) == 74
