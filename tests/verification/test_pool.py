import operator
import os
import subprocess
import sys

import pytest

from align_eval.errors import AlignEvalError
from verification.embedders._pool import OrderedPool


@pytest.fixture(scope="module")
def pool():
    made = OrderedPool(2, "a test", int, ())
    yield made
    made.close()


def test_answers_come_in_the_order_of_the_tasks_even_if_the_first_is_slow(pool):
    tasks = ["__import__('time').sleep(0.2) or 0", *map(str, range(1, 12))]
    assert list(pool.map(eval, tasks)) == list(range(12))


def test_tasks_are_read_no_further_ahead_than_is_in_flight(pool):
    read = []

    def source():
        for number in range(20):
            read.append(number)
            yield number

    for done, _ in enumerate(pool.map(operator.neg, source()), 1):
        assert len(read) - done < pool.in_flight
    assert len(read) == 20


def test_workers_have_one_thread_and_our_environment_is_left_alone(pool, monkeypatch):
    assert list(pool.map(os.getenv, ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"])) == ["1", "1"]
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    fresh = OrderedPool(1, "a test", int, ())
    assert list(fresh.map(os.getenv, ["OMP_NUM_THREADS"])) == ["1"]
    fresh.close()
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "MKL_NUM_THREADS" not in os.environ


def test_a_worker_that_dies_is_one_clear_error_and_the_pool_recovers(pool):
    with pytest.raises(AlignEvalError, match=r"a worker process of a test died.*workers = 1"):
        list(pool.map(os._exit, [3]))
    assert list(pool.map(operator.neg, [5])) == [-5]


def test_an_error_in_a_task_keeps_its_type(pool):
    with pytest.raises(ValueError, match="invalid literal"):
        list(pool.map(int, ["1", "two"]))


def test_leaving_early_or_closing_twice_does_no_harm(pool):
    answers = pool.map(operator.neg, range(10))
    assert next(answers) == 0
    answers.close()
    pool.close()
    pool.close()
    assert list(pool.map(operator.neg, [1])) == [-1]


SCRIPT = """
import operator
from verification.embedders._pool import OrderedPool
print("main")
print(list(OrderedPool(2, "a test", int, ()).map(operator.neg, range(3))))
"""


@pytest.mark.parametrize("how", ["file", "stdin", "command"])
def test_a_script_without_a_main_guard_runs_once_and_needs_no_close(how, tmp_path):
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    source = {"file": [str(path)], "stdin": ["-"], "command": ["-c", SCRIPT]}[how]
    done = subprocess.run(
        [sys.executable, "-W", "error", *source],
        input=SCRIPT if how == "stdin" else None,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.splitlines() == ["main", "[0, -1, -2]"], done.stderr
    assert done.stderr == ""


def test_workers_end_with_a_parent_that_is_killed():
    code = (
        "import sys, time\n"
        "from verification.embedders._pool import OrderedPool\n"
        "print(*OrderedPool(1, 'a test', int, ()).map(eval, ['3 + 4']), flush=True)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout.readline() == b"7\n"
        parent.kill()
        # The worker holds the other end of this pipe for as long as it lives.
        parent.communicate(timeout=20)
