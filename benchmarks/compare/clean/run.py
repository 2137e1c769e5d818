"""The caption rules beside a straightforward Python implementation of the same rules: the same captions, in turns.

usage: run.py [--rows 100000] [--rounds 5]
Both sides hold the captions in memory, use one thread, and measure the processor time of their own process, which a
busy machine does not change. What becomes of every caption is compared row by row. The rules are those of configs/clean/paper.toml with chinese_share and repeated switched on.
"""
import argparse
import collections
import random
import re
import statistics
import sys
import tempfile
import time
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from common import BIN, ROOT, Side, machine, table

CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002b73f"
                     "\U0002b740-\U0002b81f\U0002b820-\U0002ceaf\U0002f800-\U0002fa1f]")
GOOD = ("一只橘猫躺在窗台上晒太阳 两个孩子在海边堆沙堡 红色的连衣裙挂在衣架上 雪山脚下的湖水映着蓝天 老人坐在公园的长椅上看报纸 "
        "厨师正在把面团擀成薄片 一辆黄色的出租车停在路口 夜晚的城市灯火通明 木桌上摆着一盘刚切好的西瓜 穿白色球衣的球员跳起来投篮").split()
BAD = ("全国包邮 图片素材 微信号：abc12345 http://www.example.com/a.html IMG_20190305 海报.JPG 13812345678 ¥99 best price "
       "点击查看大图 taobao.com限时抢购 猫 、、、、、、 さくらの花 very long english caption without any chinese").split(" ")


def captions(count):
    chance = random.Random(1)
    rows = []
    for _ in range(count):
        parts = [chance.choice(GOOD)[chance.randrange(5):]]
        if chance.random() < 0.6:
            parts.append(chance.choice(GOOD))
        if chance.random() < 0.7:  # the others are often repeated
            parts.append(f"摄于{chance.randrange(1950, 2020)}年{chance.randrange(1, 13)}月")
        if chance.random() < 0.15:
            parts.insert(chance.randrange(len(parts) + 1), chance.choice(BAD))
        if chance.random() < 0.03:
            parts = [chance.choice(BAD)]
        rows.append(chance.choice(["", " ", "，"]).join(parts))
    return rows


class Theirs:
    """One plain function a rule, as one would write them in an afternoon."""

    def __init__(self, rules):
        self.rules = {name: rule for name, rule in rules.items() if rule.get("enabled", True)}
        self.patterns = [(name, [word.lower() for word in self.rules[name].get("words", [])],
                          [re.compile(p, re.IGNORECASE | re.ASCII) for p in self.rules[name].get("patterns", [])])
                         for name in ("url", "file_name", "advertising", "blacklist") if name in self.rules]

    def judge(self, text):
        if not self.rules["length"]["least"] <= len(text) <= self.rules["length"]["most"]:
            return "length"
        seen = len(text) - text.count(" ") - text.count("\t") - text.count("\u3000")
        if len(CHINESE.findall(text)) < self.rules["chinese_share"]["least"] * seen:
            return "chinese_share"
        lower = text.lower()
        for name, words, patterns in self.patterns:
            if any(word in lower for word in words) or any(pattern.search(text) for pattern in patterns):
                return name
        return "kept"

    def judge_all(self, rows):
        texts = [row.strip(" \t\r\n\u3000") for row in rows]
        verdicts = [self.judge(text) for text in texts]
        counts = collections.Counter(text for text, verdict in zip(texts, verdicts) if verdict == "kept")
        most = self.rules["repeated"]["most"]
        return ["repeated" if verdict == "kept" and counts[text] > most else verdict
                for text, verdict in zip(texts, verdicts)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    rules = (ROOT / "configs" / "clean" / "paper.toml").read_text("utf-8")
    for name in ("chinese_share", "repeated"):
        rules = rules.replace(f"[{name}]\nenabled = false", f"[{name}]\nenabled = true")
    rows = captions(options.rows)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "rules.toml").write_text(rules, "utf-8")
        (folder / "captions.txt").write_text("".join(row + "\n" for row in rows), "utf-8")
        ours = Side("cnclip", [BIN / "clean_speed", folder / "rules.toml", folder / "captions.txt", folder / "verdicts"])
        theirs = Theirs(tomllib.loads(rules))
        mine, peer = [], []
        for turn in range(options.rounds + 1):  # the first warms up
            seconds = float(ours.ask("go")[0])
            start = time.process_time()
            verdicts = theirs.judge_all(rows)
            if turn:
                mine.append(seconds)
                peer.append(time.process_time() - start)
        ours.close()
        found = (folder / "verdicts").read_text().split()
    for number, (one, other) in enumerate(zip(found, verdicts, strict=True)):
        assert one == other, f"row {number}: cnclip says {one}, Python says {other}: {rows[number]}"
    print(f"{machine()}; one thread")
    print("the same verdict for every row:", ", ".join(f"{name} {n}" for name, n in collections.Counter(found).most_common()))
    table(f"{len(rows)} captions, medians of {options.rounds} rounds in turns",
          {"cnclip": statistics.median(mine), "plain Python": statistics.median(peer)}, len(rows), "captions")


if __name__ == "__main__":
    main()
