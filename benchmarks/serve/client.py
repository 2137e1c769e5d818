"""A server under test, and clients that ask it: what the benchmark and the soak share."""
import base64
import http.client
import json
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "compare"))
from common import BIN, DATA


class Server:
    def __init__(self, model, *options):
        command = [BIN / "cnclip", "serve", "--model", model, "--port", "0", "--log", "none", *options]
        self.process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)
        self.port = int(re.search(r":(\d+)$", self.process.stdout.readline().strip()).group(1))

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def memory(self):
        """Resident bytes."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def stop(self):
        self.process.terminate()
        return self.process.wait(60)


def post(connection, path, body):
    """Status, and the answer's bytes; `body` is an object, or bytes that are JSON already."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request("POST", path, data, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.read()


def photos(count):
    paths = sorted((DATA / "flickr8k-cn" / "test_imgs").iterdir())
    return [paths[i % len(paths)].read_bytes() for i in range(count)]


def images_body(pictures):
    items = [{"image": base64.b64encode(picture).decode()} for picture in pictures]
    return json.dumps({"input": items, "encoding_format": "base64"}).encode()


def captions(count):
    lines = (DATA / "flickr8k-cn" / "test_texts.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    return [texts[i * 7 % len(texts)] for i in range(count)]
