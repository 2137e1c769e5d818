"""Ranks under mpirun that fail: the job ends, says who failed, and nobody waits for ever."""
import os
import subprocess

import pytest


@pytest.fixture
def start(program):
    tool = program.parent / "cnclip_rank_cases"
    if not tool.exists():
        pytest.skip("built without LibTorch")

    def start(what, who, ranks=4, options=()):
        mpirun = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", str(ranks), *options] if ranks > 1 else []
        return subprocess.run([*mpirun, tool, what, who], capture_output=True, text=True, timeout=60)

    return start


def messages(done):
    return [line for line in done.stderr.splitlines() if "record 7 is torn" in line]


@pytest.mark.parametrize("rank", ["0", "2"])
def test_an_error_on_one_rank_ends_all_and_names_it(start, rank):
    done = start("throw", rank)
    assert done.returncode == 3
    assert messages(done) == [f"rank {rank} of 4: data.lmdb: record 7 is torn"]


def test_an_error_on_all_ranks_ends_them(start):
    done = start("throw", "all")
    assert done.returncode == 3
    assert "rank 0 of 4: data.lmdb: record 7 is torn" in messages(done)


def test_with_one_process_an_error_is_an_error(start):
    done = start("throw", "0", ranks=1)
    assert (done.returncode, done.stderr) == (3, "data.lmdb: record 7 is torn\n")


def test_a_killed_rank_ends_all_and_is_named(start):
    done = start("kill", "1")
    assert done.returncode == 128 + 9
    assert "process rank 1" in done.stderr and "signal 9" in done.stderr


def test_ranks_share_the_cores_of_their_machine(start):
    cores = len(os.sched_getaffinity(0))
    for ranks in (1, 2, 3):
        done = start("machine", "-", ranks=ranks, options=["--bind-to", "none"])
        assert done.returncode == 0, done.stderr
        threads = str(max(1, cores // ranks))
        assert sorted(done.stdout.splitlines()) == [f"{rank} {rank} {threads}" for rank in range(ranks)]
