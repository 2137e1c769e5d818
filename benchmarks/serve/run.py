"""The server's throughput beside the offline encoder, and how long a query waits while bulk work runs.

usage: run.py [--pictures 512] [--queries 150] [--clients 64] [--rounds 3]
ViT-B/16 with random weights, photos and captions of flickr8k-cn. Throughput: `cnclip encode images` on a folder of the
photos, and as many photos asked for by so many clients at once, 8 a request, in turns; rates without start-up. Queries:
one client asks for the embedding of one caption after another, on an idle server and while other clients keep it busy
with pictures, and the server must answer both. All run on the same cores, the clients too.
"""
import argparse
import json
import statistics
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from client import BIN, Server, captions, images_body, photos, post
from common import machine

PICTURES_A_REQUEST = 8


def offline(model, folder):
    result = subprocess.run([BIN / "cnclip", "encode", "images", folder, "--model", model, "-o", folder.parent / "f.npy", "--json"],
                            check=True, capture_output=True, text=True)
    return json.loads(result.stdout)["per_second"]


def served(server, bodies, clients):
    def client(part):
        connection = server.connect()
        for body in part:
            status, _ = post(connection, "/v1/embeddings", body)
            assert status == 200, status

    begin = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(client, [bodies[i::clients] for i in range(clients)]))
    return len(bodies) * PICTURES_A_REQUEST / (time.perf_counter() - begin)


def queries(server, texts):
    """Milliseconds, sorted."""
    connection = server.connect()
    times = []
    for text in texts:
        begin = time.perf_counter()
        status, _ = post(connection, "/v1/embeddings", {"input": text, "encoding_format": "base64"})
        times.append((time.perf_counter() - begin) * 1e3)
        assert status == 200, status
    return sorted(times)


def under_bulk(server, texts, body, clients):
    done = threading.Event()
    count = [0]

    def bulk():
        connection = server.connect()
        while not done.is_set():
            status, _ = post(connection, "/v1/embeddings", body)
            assert status in (200, 429), status
            count[0] += status == 200

    threads = [threading.Thread(target=bulk) for _ in range(clients)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    times = queries(server, texts)
    done.set()
    for thread in threads:
        thread.join()
    assert count[0] > 0
    return times


def line(name, times):
    at = lambda share: times[min(len(times) - 1, int(share * len(times)))]
    print(f"  {name:34} p50 {at(0.5):7.1f} ms   p99 {at(0.99):7.1f} ms")
    return at(0.99)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=512)
    parser.add_argument("--queries", type=int, default=150)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = folder / "vit-b-16.safetensors"
        subprocess.run([BIN / "cnclip", "init", "--arch", "ViT-B-16", "-o", model], check=True)
        pictures = photos(options.pictures)
        (folder / "photos").mkdir()
        for i, picture in enumerate(pictures):
            (folder / "photos" / f"{i:05}.jpg").write_bytes(picture)
        bodies = [images_body(pictures[i:i + PICTURES_A_REQUEST]) for i in range(0, len(pictures), PICTURES_A_REQUEST)]
        server = Server(model)
        rates = {"offline": [], "served": []}
        for _ in range(options.rounds):
            rates["offline"].append(offline(model, folder / "photos"))
            rates["served"].append(served(server, bodies, options.clients))
        encode, serve = statistics.median(rates["offline"]), statistics.median(rates["served"])
        print(f"\nViT-B/16, {options.clients} clients, {PICTURES_A_REQUEST} pictures a request")
        print(f"  cnclip encode {encode:7.1f} pictures/s   served {serve:7.1f} pictures/s   {serve / encode:.1%}")
        texts = captions(options.queries)
        print("\nOne caption at a time")
        idle = line("idle", queries(server, texts))
        for clients in (1, 8):
            busy = line(f"while {clients} client(s) send pictures", under_bulk(server, texts, bodies[0], clients))
            print(f"  {'':34} p99 {busy - idle:+.1f} ms")
        assert server.stop() == 0


if __name__ == "__main__":
    main()
