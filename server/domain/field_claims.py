"""What only a real school can prove: the claims of docs/field-proof.md that are still open, one by one.

A test holds this list against the document, so that `bangku doctor` speaks of every open line: with evidence where
a machine can gather it, and with what a person has to do where it cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Finding(StrEnum):
    """How an open claim stands after a look. Evidence is never proof by itself: a person reads it."""

    FOR = "for"  # what was seen speaks for it
    AGAINST = "against"
    OPEN = "open"  # could be looked at, nothing to see yet
    UNREACHABLE = "unreachable"  # the look itself failed
    BY_HAND = "by_hand"  # no machine here can look


@dataclass(frozen=True, slots=True)
class Claim:
    """`starts`: how the line of docs/field-proof.md begins. `gathered`: `bangku doctor` looks by itself."""

    key: str
    starts: str
    gathered: bool = False


CLAIMS: tuple[Claim, ...] = (
    Claim("policy_names", "The policy names and values we plan are those of this tenant", gathered=True),
    Claim("start_url_lan", "A kiosk web app may start at `https://` on a DNS name", gathered=True),
    Claim("certificate", "… with a certificate of the school's own authority", gathered=True),
    Claim("start_url_http", "… at a plain `http://` address", gathered=True),
    Claim("extension_lan", "The extension installs beside the kiosk app", gathered=True),
    Claim("extension_update", "An update from there arrives", gathered=True),
    Claim(
        "companion_field", "The companion extension's policy takes one extension or several", gathered=True
    ),
    Claim("batch_limit", "One policy call takes as many changes as a plan has", gathered=True),
    Claim("policy_sync_shows", "A device that synced after our last write has the policy"),
    Claim("values_as_sent", "A field set in an org unit comes back from the console exactly as it was sent"),
    Claim(
        "customer_id", "Commands, moves, counts and status changes need the customer's own id", gathered=True
    ),
    Claim("console_pages", "The addresses of console pages in our sentences lead there"),
    Claim("serial_told", "The extension is told its serial number"),
    Claim("no_prompt", "Requests to the server need no local-network permission"),
    Claim("worker_alive", "The worker stays alive all exam", gathered=True),
    Claim("alarm_wakes", "An alarm wakes it after sleep or lid close"),
    Claim("directory_id", "The directory id survives a powerwash", gathered=True),
    Claim("attestation", "Attestation works in a web kiosk"),
    Claim("move_time", "Moving org unit to visible kiosk takes minutes", gathered=True),
    Claim("session_end", "Ending a session from the console ends it at once"),
    Claim("ways_out", "Shelf, search, overview, accessibility and touch gestures lead nowhere"),
    Claim("externals", "Two screens, an external keyboard, Bluetooth"),
    Claim("forecast", "A forecast of the battery to the end of the next session fits"),
    Claim("two_sessions", "Two sessions follow each other on the same devices"),
    Claim("swapped_clears", "A device that was swapped out delivers and clears while idle"),
    Claim("console_delay", "The console reports a device's last policy sync within minutes", gathered=True),
    Claim("devices_per_server", "Hundreds of devices per server"),
    Claim("tls_in_front", "TLS in front of the server, websockets through it"),
    Claim("centre_probe", "The look at the centre's address tells its outages from ours"),
    Claim("captive_portal", "A captive portal or web filter between device and server"),
    Claim("windows", "Windows as the server's system"),
    Claim("private_modes", "Private or incognito modes evade nothing"),
    Claim("quota_31st", "The 31st policy write in a minute is refused in passing"),
    Claim("wiped_browser", "A wiped Chromebook gets its extension back and asks for its place"),
    Claim("enrolment_time", "`lastEnrollmentTime` is there when the Chromebook first speaks to Bangku"),
    Claim("fresh_search", "A search for one serial number finds a record that was enrolled a minute ago"),
    Claim("attested_names", "Google's answer names the Chromebook by the console's device id"),
    Claim("attest_refusals", "A wrong domain, developer mode, or a session that is no kiosk is refused"),
    Claim("enrolled_domain", "The enrolled domain is the customer's primary domain"),
    Claim("phones_open", "A sticker's code opens in the camera of the technicians' own phones"),
    Claim("screen_words", "The words of the next step are those on the Chromebook's screen"),
    Claim("sticker_camera", "A sticker's QR code opens from a phone's own camera app"),
    Claim("usb_scanner", "A USB scanner types a code with less than 60 ms"),
    Claim("sticker_lasts", "A sticker survives a year of hands"),
)
