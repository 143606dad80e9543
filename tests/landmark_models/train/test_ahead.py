import threading

import pytest

from landmark_models.train.ahead import ahead


@pytest.mark.parametrize("count", [1, 3, 9])
def test_results_come_in_the_order_of_the_jobs(count):
    assert list(ahead(lambda job: job * job, range(7), count)) == [k * k for k in range(7)]


@pytest.mark.parametrize("count", [1, 4])
def test_a_job_is_asked_for_just_before_the_result_of_that_many_places_before(count):
    asked = []

    def jobs():
        for job in range(8):
            asked.append((job, threading.current_thread()))
            yield job

    for done in ahead(int, jobs(), count):
        assert len(asked) == min(8, done + count + 1)
    assert {thread for _, thread in asked} == {threading.current_thread()}


def test_what_goes_wrong_in_the_thread_shows_and_ends_it():
    results = ahead(lambda job: 1 // job, [1, 0, 1], 2)
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)
