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


def test_refusals(refuses):
    config = CONFIGS / "tiny.toml"
    refuses("train", config, "stage.0.warmpu=3", says=["override stage.0.warmpu=3", "did you mean stage.0.warmup?"])
    refuses("train", "--plan", config, "--devices", 3, says="batch_size 128 is not a multiple of 3 devices")
    refuses("train", "--plan", config, "--machine", "abacus", says="abacus is not known", code=2)
    refuses("train", config, "--machine", "H100", code=2)
    refuses("train", "missing.toml", says="missing.toml")
