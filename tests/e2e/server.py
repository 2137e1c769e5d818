"""A real server, and requests to it: as clients send them, and byte for byte."""
import base64
import contextlib
import http.client
import json
import re
import signal
import socket
import subprocess
import tempfile

from .conftest import PICTURE

PICTURE_BYTES = PICTURE.encode()
PICTURE_64 = base64.b64encode(PICTURE_BYTES).decode()
KEY = "sk-test-0123456789abcdef"


class Server:
    """A `cnclip serve` of its own on a free port; its log goes to a file, which no number of requests fills."""

    def __init__(self, run, *options, **settings):
        self.log = tempfile.TemporaryFile("w+")
        self.process = run.start("serve", *options, "--port", 0, stdout=subprocess.PIPE, stderr=self.log, text=True, **settings)
        line = self.process.stdout.readline()
        found = re.fullmatch(r"listening on (http://127\.0\.0\.1:(\d+))\n", line)
        assert found, (line, self.told())
        self.address, self.port = found[1], int(found[2])

    def told(self):
        self.log.seek(0)
        return self.log.read()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def ask(self, method, path, body=None, headers=None):
        """Status, headers, body (JSON where it is)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            if isinstance(body, (dict, list)):
                body = json.dumps(body)
            headers = {"Content-Type": "application/json", **(headers or {})}
            connection.request(method, path, body.encode() if isinstance(body, str) else body, headers)
            answer = connection.getresponse()
            content = answer.read()
            return answer.status, dict(answer.getheaders()), json.loads(content) if "json" in answer.headers.get("Content-Type", "") else content
        finally:
            connection.close()

    def post(self, path, body, **headers):
        status, _, content = self.ask("POST", path, body, headers)
        return status, content

    def code(self, path, body, **headers):
        status, content = self.post(path, body, **headers)
        return status, content["error"]["code"]

    def raw(self, data, seconds=30):
        """What the server sends back until it closes, or for `seconds`."""
        with self.connect() as connection:
            connection.settimeout(seconds)
            with contextlib.suppress(ConnectionError):
                connection.sendall(data)
            received = b""
            with contextlib.suppress(TimeoutError, ConnectionError):
                while part := connection.recv(65536):
                    received += part
            return received

    def alive(self):
        return self.ask("GET", "/livez")[0] == 200

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(60), self.told()

    def close(self):
        self.process.kill()
        self.process.communicate()
        self.log.close()


def status_of(answer):
    return int(answer.split(b" ", 2)[1])


def error_of(answer):
    return status_of(answer), json.loads(answer.split(b"\r\n\r\n", 1)[1])["error"]["code"]


def head(path="/v1/embeddings", method="POST", *lines):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", *lines, "", ""]).encode()
