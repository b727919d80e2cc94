"""The extension as Chromium fetches it: no sign-in, right types, one version."""

from __future__ import annotations

import pytest

from server.domain.errors import BangkuError
from server.services import extension

from .conftest import Web


def test_manifest_and_package_agree(web: Web) -> None:
    try:
        made = extension.packed(web.context.settings.data_dir)
    except BangkuError as error:
        pytest.skip(str(error))
    client = web.app.test_client()
    manifest = client.get("/ext/update.xml?x=id%3Dabc")
    assert manifest.content_type.startswith("text/xml")
    text = manifest.get_data(as_text=True)
    assert made.id in text
    assert f"{web.context.settings.public_url}/ext/bangku.crx" in text
    package = client.get("/ext/bangku.crx")
    assert package.content_type == "application/x-chrome-extension"
    assert package.data[:4] == b"Cr24"
