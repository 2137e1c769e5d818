"""train --plan as a user runs it, and train where the build has no training."""
import json
import pathlib

import pytest

CONFIGS = pathlib.Path(__file__).resolve().parents[2] / "configs" / "train"


def test_plan_in_text_and_json(run):
    arguments = ["train", "--plan", CONFIGS / "pretrain_vit-b-16.toml", "stage.1.epochs=1", "--machine", "V100-32G",
                 "--devices", 128]
    text = run(*arguments).stdout
    plan = json.loads(run(*arguments, "--json").stdout)
    assert (plan["machine"], plan["devices"]) == ("V100-32G", 128)
    locked, contrastive = plan["stages"]
    assert locked["parameters"] == {"trained": 102_070_273, "frozen": 86_192_640}
    assert contrastive["parameters"] == {"trained": 188_262_913, "frozen": 0}
    assert contrastive["steps"] == -(-200_000_000 // 16384)
    for stage in plan["stages"]:
        assert f"{stage['steps']}, {stage['pairs']}" in text


@pytest.mark.parametrize("config", sorted(path.name for path in CONFIGS.glob("*.toml")))
def test_every_shipped_recipe_can_be_planned(run, config):
    assert run("train", "--plan", CONFIGS / config, "--devices", 1).stdout.count("hours") >= 2


def table_beside_the_paper():
    page = (CONFIGS.parents[1] / "docs" / "scaling.md").read_text()
    rows = [line.strip("| \n").split(" | ") for line in page.splitlines() if "100 |" in line and line.startswith("|")]
    assert len(rows) == 9
    return rows


@pytest.mark.parametrize("row", table_beside_the_paper(), ids=lambda row: row[0])
def test_the_table_beside_the_paper_is_the_plan(run, row):
    stage, machines, gflop, gib, _, days, _ = row
    name, _, number = stage.partition(", ")
    devices, kind = machines.split()
    batch = ["stage.0.batch_size=32752", "stage.1.batch_size=32752"] if name == "ViT-H-14" else []
    plan = json.loads(run("train", "--plan", CONFIGS / f"pretrain_{name.lower()}.toml", *batch, "--devices", devices,
                          "--machine", {"V100": "V100-32G", "A100": "A100-80G"}[kind], "--json").stdout)  # fmt: skip
    planned = plan["stages"][int(number or 1) - 1]
    assert f"{sum(planned['operations'].values()) * 1e-9:.1f}" == gflop
    assert f"{planned['memory']['total'] / 2**30:.1f}" == gib
    assert f"{planned['hours'] / 24:.1f}" == days


def test_refusals(refuses):
    config = CONFIGS / "tiny.toml"
    refuses("train", config, "stage.0.warmpu=3", says=["override stage.0.warmpu=3", "did you mean stage.0.warmup?"])
    refuses("train", "--plan", config, "--devices", 3, says="batch_size 128 is not a multiple of 3 devices")
    refuses("train", "--plan", config, "--machine", "abacus", says="abacus is not known", code=2)
    refuses("train", config, "--machine", "H100", code=2)
    refuses("train", "missing.toml", says="missing.toml")
