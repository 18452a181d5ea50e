"""A server on a loopback port for the length of a block; it ends at once."""

import socket
import threading
from contextlib import contextmanager
from http.server import ThreadingHTTPServer


@contextmanager
def served(handler, *, waits=True):
    """Yields the origin at which a handler of `http.server` answers, a thread a connection.

    In the end it waits for these threads, if asked to.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = not waits
    ended = threading.Event()

    def serve():
        while not ended.is_set():
            server.handle_request()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        ended.set()
        socket.create_connection(server.server_address).close()  # so that it looks
        thread.join()
        server.server_close()
