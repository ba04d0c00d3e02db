"""A chat model behind OpenAI's API, on a real socket, that writes as it is told, word by word."""

import json
import select
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from assistant.types import Message
from tests.fakes import offered_in, with_ids

DIES = "dies"  # a piece of a reply: the connection breaks off here
WAIT_S = 30


class ModelServer:
    """Streams its reply in pieces, each once it is let go; every request for an answer gets it.

    In a piece, `{disavow}` is the id of the first quote in the request with this word. `left` is
    set when a reader closes the connection before the reply has ended.
    """

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        self.pieces: Sequence[str] = ()
        self.pause_s = 0.0
        self.left = threading.Event()
        self._may_go = threading.Semaphore(0)
        self._goes_alone = threading.Event()

    def writes(self, *pieces: str, pause_s: float = 0.0) -> None:
        """Set the reply; nothing of it is sent before `go`."""
        self.pieces, self.pause_s = pieces, pause_s
        self.left.clear()
        self._goes_alone.clear()
        while self._may_go.acquire(blocking=False):
            pass

    def go(self, pieces: int = 0) -> None:
        """Let so many pieces go, or all that are still to come, with pauses."""
        if pieces:
            self._may_go.release(pieces)
        else:
            self._goes_alone.set()

    def released(self, connection: socket.socket) -> bool:
        """Wait until the next piece may go; whether anybody is still there to read it."""
        until = time.monotonic() + WAIT_S
        while time.monotonic() < until:
            if _is_readable(connection) and not connection.recv(1):
                self.left.set()
                return False
            if self._goes_alone.is_set():
                time.sleep(self.pause_s)
                return True
            if self._may_go.acquire(timeout=0.02):
                return True
        return False


def _is_readable(connection: socket.socket) -> bool:
    """Whether there is something to read, or the end; `select` would stop at 1,024 open files."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


class _Handler(BaseHTTPRequestHandler):
    model: ModelServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.path.endswith("/chat/completions"):
            self.send_error(404)
            return
        offered = offered_in([Message(m["role"], m["content"]) for m in body["messages"]])
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        if not offered:  # to rewrite a follow-up, which rules then do instead
            self._send({"content": "?"}, finish="stop")
            return
        try:
            for piece in self.model.pieces:
                if not self.model.released(self.connection) or piece == DIES:
                    break
                self._send({"content": with_ids(piece, offered)})
            else:
                self._send({}, finish="stop")
                self.wfile.write(b"data: [DONE]\n\n")
                return
        except OSError:
            self.model.left.set()
        # Not a tidy end but a broken line, as of a process that was killed.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.connection.close()

    def _send(self, delta: dict[str, str], finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "demo"}
        self.wfile.write(f"data: {json.dumps({**chunk, 'choices': [choice]})}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def model_server(port: int = 0) -> Iterator[ModelServer]:
    """Run one on a free port."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    server.daemon_threads = True
    model = ModelServer(server)
    server.RequestHandlerClass = type("Handler", (_Handler,), {"model": model})
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield model
    finally:
        model.go()
        server.shutdown()
        server.server_close()
        thread.join()
