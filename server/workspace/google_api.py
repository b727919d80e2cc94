"""What stands behind `gateway.Gateway`: Google itself, or an emulated console at another address. Seen by bootstrap
alone.

The calls are in their own files by subject; `google_calls` sends each of them.
"""

from __future__ import annotations

from server.workspace.google_calls import Account
from server.workspace.google_devices import DEVICE_FIELDS, DeviceCalls
from server.workspace.google_directory import DirectoryCalls
from server.workspace.google_policies import PolicyCalls
from server.workspace.google_telemetry import TelemetryCalls
from server.workspace.google_verified_access import VerifiedAccessCalls

__all__ = ["DEVICE_FIELDS", "Account", "GoogleApi"]


class GoogleApi(DirectoryCalls, DeviceCalls, PolicyCalls, TelemetryCalls, VerifiedAccessCalls):
    """The console of one customer over HTTP. One thread at a time."""
