"""A small host that stands in for the centre's: it answers, hangs, apologises, or is gone."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.stage import free_port


class CentreHost:
    """Listens on one port for as long as it is `up`; remembers what it was asked."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/masuk?a=1"
        self.status = 200
        self.hangs = False
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self._let_go = threading.Event()
        self._server: ThreadingHTTPServer | None = None

    def up(self) -> CentreHost:
        host = self

        class Answer(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                host.asked.append((self.command, self.path, dict(self.headers)))
                if host.hangs:
                    host._let_go.wait(60)
                    return
                self.send_response(host.status)
                if 300 <= host.status < 400:
                    self.send_header("Location", "http://127.0.0.1:1/")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                pass

        ThreadingHTTPServer.daemon_threads = True
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Answer)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def down(self) -> None:
        """Connections are refused from here on."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def close(self) -> None:
        self._let_go.set()
        self.down()
