"""Exercise 8.4: percentiles; and the histogram, which is given."""

from __future__ import annotations

import pytest

RANK_WHY = (
    "The rank is n·p/100, rounded up, and counts from 1; an index counts from 0. The nearest rank "
    "is always one of the samples."
)


@pytest.mark.exercise("8.4", why=RANK_WHY)
@pytest.mark.parametrize(
    ("p", "expected"),
    [(1, 10), (25, 10), (26, 20), (50, 20), (51, 30), (75, 30), (76, 40), (99, 40), (100, 40)],
)
def test_nearest_rank(code, p, expected):
    """A percentile of four samples is the one at its rank."""
    assert code.s08.percentile([10, 20, 30, 40], p) == expected


@pytest.mark.exercise(
    "8.4",
    why=RANK_WHY + " Multiply before you divide: 100 * (7 / 100) is 7.000000000000001, and that is "
    "rounded up to 8.",
)
def test_ranks_of_a_hundred(code):
    """Of the numbers from 1 to 100, each percentile is the number itself."""
    samples = list(range(1, 101))
    assert [code.s08.percentile(samples, p) for p in samples] == samples


@pytest.mark.exercise(
    "8.4",
    why="However little a rank is over a whole number, it is rounded up: `ceil` does that. To add 0.999 "
    "and cut the rest off is right only for short lists and round percentages.",
)
def test_a_little_over_a_whole_number(code):
    """Of a thousand samples, the percentile a bit over 50 is the next one."""
    samples = list(range(1, 1001))
    assert code.s08.percentile(samples, 50) == 500
    assert code.s08.percentile(samples, 50.00001) == 501


@pytest.mark.exercise(
    "8.4",
    why="A p99 is neither a mean nor a value in between: it says that 99 of 100 were not slower. "
    "One slow sample moves the mean, and leaves the median where it is.",
)
def test_a_percentile_is_no_mean(code):
    """One slow reply in a hundred moves the maximum alone."""
    samples = [1] * 99 + [1000]
    found = [code.s08.percentile(samples, p) for p in (50, 95, 99, 99.9, 100)]
    assert found == [1, 1, 1, 1000, 1000]


@pytest.mark.exercise(
    "8.4",
    why="Rank 0 does not exist: the 0th percentile is the first sample. One sample is every "
    "percentile of itself.",
)
def test_the_ends(code):
    """The 0th percentile is the least sample, the 100th the greatest."""
    assert code.s08.percentile([3, 1, 2], 0) == 1
    assert code.s08.percentile([3, 1, 2], 100) == 3
    assert [code.s08.percentile([7], p) for p in (0, 1, 50, 99, 100)] == [7] * 5


@pytest.mark.exercise(
    "8.4",
    why="Replies do not arrive in the order of their latencies. Sort a copy: the caller may still "
    "need the order of the samples.",
)
def test_samples_in_any_order(code):
    """Samples come in any order, and keep it."""
    samples = [5, 1, 4, 2, 3]
    assert [code.s08.percentile(samples, p) for p in (20, 40, 60, 80)] == [1, 2, 3, 4]
    assert samples == [5, 1, 4, 2, 3]


@pytest.mark.exercise(
    "8.4", why="Without samples there is nothing to say. A 0 would look like a fast server."
)
def test_no_samples(code):
    """No samples have no percentile."""
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the learner's
        code.s08.percentile([], 50)


@pytest.mark.exercise("8.4", why="A percentage is a number from 0 to 100: 0.99 of what, and 101?")
@pytest.mark.parametrize("p", [-1, -0.001, 100.001, 101, 950])
def test_no_percentage(code, p):
    """A percentage below 0 or above 100 is refused."""
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the learner's
        code.s08.percentile([1, 2, 3], p)


# ---------------------------------------------------------------- what is given


def test_summary(code):
    """The summary has three percentiles and the maximum."""
    line = code.s08.summary([1_000_000 * n for n in range(1, 101)], 1_000_000)
    assert line == "p50 50.000  p95 95.000  p99 99.000  max 100.000"


def test_histogram(code):
    """A line for each range, five to a decade; those in between are shown though empty."""
    lines = code.s08.histogram([0.9, 1.0, 1.0, 1.2, 10.0])
    assert lines == [
        "     1.000         3  " + "#" * 40,
        "     1.585         1  " + "#" * 14,
        "     2.512         0  ",
        "     3.981         0  ",
        "     6.310         0  ",
        "    10.000         1  " + "#" * 14,
    ]


def test_histogram_of_little(code):
    """No samples make no lines; a sample of 0 is shown with the smallest."""
    assert code.s08.histogram([]) == []
    assert len(code.s08.histogram([0, 0.0001])) == 1
