"""Examples run as their README says, in their quickest form."""
import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT


def test_two_stage(program, tmp_path):
    if not (program.parent / "cnclip_masked_language_cases").exists():
        pytest.skip("built without LibTorch")
    command = [sys.executable, ROOT / "examples" / "two_stage" / "run.py", tmp_path / "out", "--quick", "--threads", "1"]
    environment = {**os.environ, "CNCLIP_BIN": str(program), "CNCLIP_HOME": str(tmp_path / "home")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    for ways in results.values():
        assert list(ways) == ["scratch", "direct", "two_stage"]
        assert all(0 <= ways[way]["text_to_image"]["r1"] <= 100 for way in ways)
        assert f"| two stages | {ways['two_stage']['text_to_image']['r1']:.1f} / " in done.stdout
    for page in ("curves.html", "towers.html"):
        assert (tmp_path / "out" / page).stat().st_size > 10_000
    runs = {run.name: json.loads((run / "recipe.json").read_text()) for run in (tmp_path / "out" / "logs").iterdir() if run.name != "features"}
    assert {"english", "masked_words", "scratch", "direct", "two_stage"} <= runs.keys()
    steps = {name: sum(stage["steps"] for stage in recipe["stage"]) for name, recipe in runs.items()}
    assert steps["scratch"] == steps["direct"] == steps["two_stage"]
    assert runs["direct"]["model"]["text_init"] == str(tmp_path / "out" / "logs" / "masked_words" / "words" / "last.pt")
    again = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert again.returncode == 0 and done.stdout.endswith(again.stdout) and "| two stages |" in again.stdout, "what is there is not done again"
