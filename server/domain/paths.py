"""Paths of the school server that others must know: devices are sent there, policies allow and open them."""

from __future__ import annotations

PUPIL_PATH = "/pupil"
CARD_PATH = "/pupil/card"  # number and card code, on a page without our extension
PRACTICE_PATH = "/pupil/practice"
PRACTICE = "practice"  # as a profile's start_url: the server's own practice page
