"""The extension for force-installation: Chromium's update manifest and the package it names."""

from __future__ import annotations

from flask import Blueprint, Response

from server.services import extension
from server.web.identity import context

bp = Blueprint("ext_files", __name__)


@bp.get(extension.UPDATE_PATH)
def update_manifest() -> Response:
    settings = context().settings
    made = extension.packed(settings.data_dir)
    answer = Response(
        made.update_manifest(settings.public_url + extension.CRX_PATH),
        content_type=f"{extension.UPDATE_TYPE}; charset=utf-8",
    )
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@bp.get(extension.CRX_PATH)
def package() -> Response:
    made = extension.packed(context().settings.data_dir)
    answer = Response(made.crx, content_type=extension.CRX_TYPE)
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["Content-Disposition"] = f'inline; filename="bangku-{made.version}.crx"'
    return answer
