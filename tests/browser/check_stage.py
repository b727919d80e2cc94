"""A school server with trusted TLS on a real address, and a Chromebook's browser with a sticker before its camera."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import qrcode
import zxingcpp
from PIL import Image

from server.domain.scan import What
from server.services import check_codes, demo, device_checks, scans
from server.services.actor import SYSTEM
from server.services.device_checks import Checks
from server.workspace.isolation import isolate, policy_place
from server.workspace.locked_browser import find_chromium
from server.workspace.policy_folder import write_policy
from tests.browser.locked import WRAPPER
from tests.browser.tls_front import TestCa, TlsFront, own_address
from tests.stage import ServerProcess, free_port

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@dataclass
class CheckStage:
    """`https` is trusted; `http` is the same server, as a school without a certificate has it."""

    server: ServerProcess
    https: str
    http: str
    context: Any

    def code(self) -> str:
        return check_codes.hand_out(self.server.context.db, SYSTEM, self.server.context.now()).code

    def checks(self, device_id: int) -> Checks:
        with self.server.context.db.read() as c:
            return device_checks.newest(c, [device_id]).get(device_id, Checks())


@contextmanager
def check_stage(folder: Path, *, sticker: str = "C07", **browser: Any) -> Iterator[CheckStage]:
    """Skips where there is no Chromium, no address of our own, or no way to give a browser a policy of its own."""
    sync_api = pytest.importorskip("playwright.sync_api")
    address, chromium = own_address(), find_chromium()
    if address is None or chromium is None:
        pytest.skip("this needs a Chromium and an address that is not loopback")
    private = isolate(folder, policy_place(chromium))
    if not private.works:
        pytest.skip(str(private.reason))
    ca, port = TestCa(), free_port()
    server = ServerProcess(folder / "data", host=address, public_url=f"https://{address}:{port}")
    demo.seed(server.context.db, server.context.now(), days=("2026-11-24", "2026-11-25"))
    film = _film(folder, f"{server.url}/d/{scans.code(server.context.db, What.DEVICE, sticker)}")
    write_policy(folder / "policy", {"CACertificates": [ca.policy_value]})
    server.start()
    try:
        with (
            TlsFront(ca.server(address, folder), address, port, (address, server.port)),
            sync_api.sync_playwright() as playwright,
        ):
            context = playwright.chromium.launch_persistent_context(
                folder / "profile",
                executable_path=WRAPPER,
                env={**os.environ, "POLICY_DIR": str(folder / "policy")},
                args=[
                    "--no-sandbox",
                    "--use-fake-ui-for-media-stream",
                    "--use-fake-device-for-media-stream",
                    f"--use-file-for-fake-video-capture={film}",
                ],
                locale="id-ID",
                **{"viewport": {"width": 1024, "height": 720}, **browser},
            )
            context.set_default_timeout(30_000)
            yield CheckStage(server, f"https://{address}:{port}", f"http://{address}:{server.port}", context)
            context.close()
    finally:
        server.stop()
        server.context.db.close()


def _film(folder: Path, text: str) -> Path:
    """What the camera sees: a sticker, for ever."""
    frame = Image.new("RGB", (640, 480), "white")
    frame.paste(qrcode.make(text).get_image().convert("RGB").resize((300, 300)), (170, 90))
    shot = io.BytesIO()
    frame.save(shot, "JPEG", quality=92)
    film = folder / "sticker.mjpeg"
    film.write_bytes(shot.getvalue() * 2)
    return film


#: ChromeOS reads codes for a page; Linux has no such service. This stands in for it: the camera's real picture goes
#: to an independent decoder, and what that reads comes back in the shape that a browser gives.
READER = """
globalThis.BarcodeDetector = class {
  static async getSupportedFormats() { return ['qr_code']; }
  async detect(video) {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    if (!canvas.width) return [];
    canvas.getContext('2d').drawImage(video, 0, 0);
    return (await readCodes(canvas.toDataURL('image/png'))).map((rawValue) => ({ rawValue }));
  }
};
"""


def give_a_reader(page: Any) -> None:
    page.expose_function("readCodes", _read)
    page.add_init_script(READER)


def _read(picture: str) -> list[str]:
    image = Image.open(io.BytesIO(base64.b64decode(picture.partition(",")[2]))).convert("RGB")
    return [found.text for found in zxingcpp.read_barcodes(image)]


def serious(page: Any) -> list[str]:
    """What axe-core finds serious or critical on the page as it is now."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{v['id']}: {v['nodes'][0]['html'][:160]}"
        for v in found["violations"]
        if v["impact"] in {"serious", "critical"}
    ]
