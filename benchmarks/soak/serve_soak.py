"""Hostile and honest clients for some minutes: the server answers all, and its memory stays what it was.

usage: serve_soak.py [--minutes 3] [--clients 24] [--arch tiny]
Each client does one thing after another, drawn at random: queries and bulk of texts and pictures, broken JSON, broken
base64, the odd pictures of the test data, bodies that are cut off, requests that are none, clients that leave. Answers
must be 2xx or 4xx. Memory is looked at after a quarter of the time and at the end: it must be the same within 5 %.
"""
import argparse
import base64
import collections
import json
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "serve"))
from client import BIN, DATA, Server, captions, photos, post

SHARE = 0.05


class Client(threading.Thread):
    def __init__(self, server, number, ends, counts):
        super().__init__()
        self.server, self.ends, self.counts = server, ends, counts
        self.random = random.Random(number)
        self.texts = captions(200)
        self.pictures = photos(16)
        self.odd = [path.read_bytes() for path in sorted((DATA / "odd-images").iterdir()) if path.stat().st_size < 1_000_000]
        self.failure = None

    def image(self, data):
        return {"image": base64.b64encode(data).decode()}

    def body(self):
        draw = self.random
        kind = draw.randrange(9)
        text = lambda: draw.choice(self.texts)[: draw.randrange(1, 60)]
        if kind == 0:
            return {"input": text()}
        if kind == 1:
            return {"input": [text() for _ in range(draw.randrange(1, 200))], "encoding_format": "base64"}
        if kind == 2:
            return {"input": [self.image(draw.choice(self.pictures)) for _ in range(draw.randrange(1, 12))]}
        if kind == 3:
            return {"input": self.image(draw.choice(self.odd))}
        if kind == 4:
            return {"input": self.image(draw.randbytes(draw.randrange(1000)))}
        if kind == 5:
            return draw.randbytes(draw.randrange(2000))
        if kind == 6:
            return b"[" * draw.randrange(1, 100_000)
        if kind == 7:
            return {"input": ["a"] * 1000}
        return {"left": [text() for _ in range(5)], "right": self.image(draw.choice(self.pictures))}

    def rude(self):
        draw = self.random
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as connection:
            body = json.dumps(self.body() if draw.random() < 0.5 else {"input": "a"}, default=repr).encode()
            whole = b"POST /v1/embeddings HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            connection.sendall(draw.choice([whole[: draw.randrange(1, len(whole))], draw.randbytes(300) + b"\r\n\r\n", whole]))

    def run(self):
        try:
            connection = self.server.connect()
            while time.monotonic() < self.ends:
                if self.random.random() < 0.1:
                    try:
                        self.rude()
                    except OSError:
                        pass  # it was rude first
                    continue
                body = self.body()
                path = "/v1/similarity" if isinstance(body, dict) and "left" in body else "/v1/embeddings"
                status, _ = post(connection, path, body)
                self.counts[status] += 1
        except Exception as failure:  # told by the main thread
            self.failure = failure


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--clients", type=int, default=24)
    parser.add_argument("--arch", default="tiny")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        model = Path(name) / "model.safetensors"
        subprocess.run([BIN / "cnclip", "init", "--arch", options.arch, "-o", model], check=True)
        server = Server(model, "--max-queue", "20000", "--max-connections", "64")
        counts = collections.Counter()
        begin = time.monotonic()
        ends = begin + options.minutes * 60
        clients = [Client(server, i, ends, counts) for i in range(options.clients)]
        for client in clients:
            client.start()
        time.sleep(options.minutes * 15)
        early = server.memory()
        while time.monotonic() < ends:
            time.sleep(1)
        late = server.memory()
        for client in clients:
            client.join()
        connection = server.connect()
        status, _ = post(connection, "/v1/embeddings", {"input": "猫"})
        code = server.stop()
    print(f"{sum(counts.values())} answers in {options.minutes} minutes: {dict(sorted(counts.items()))}")
    print(f"memory {early / 2**20:.1f} MiB after a quarter, {late / 2**20:.1f} MiB at the end ({late / early - 1:+.1%})")
    failures = [client.failure for client in clients if client.failure]
    assert not failures, failures[:3]
    assert all(200 <= status < 300 or 400 <= status < 500 for status in counts), counts
    assert status == 200 and code == 0
    assert late <= early * (1 + SHARE), "memory has grown"


if __name__ == "__main__":
    main()
