"""`--lambda-events-report=DIR`: the index of all tests of a run."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

FLAG = "--lambda-events-report=pages"
TESTS = """
    import pytest

    def charge(event, context):
        raise ValueError("card expired")

    def run(lambda_events):
        lambda_events.function(charge).invoke_async({"order": 7})
        lambda_events.run_until_idle()

    def test_passes(lambda_events):
        run(lambda_events)

    def test_fails(lambda_events):
        run(lambda_events)
        assert lambda_events.elapsed == 0

    @pytest.fixture
    def broken(): raise KeyError("no such order")

    def test_breaks(lambda_events, broken): ...

    @pytest.mark.skip(reason="later")
    def test_is_skipped(lambda_events): ...

    def test_without_lambda_events(): ...
"""


class Row(NamedTuple):
    """What the index shows of a test."""

    outcome: str
    name: str
    page: str
    message: str
    attempts: str
    elapsed: str


def index(pytester: pytest.Pytester) -> str:
    return (pytester.path / "pages" / "index.html").read_text(encoding="utf-8")


def rows(pytester: pytest.Pytester) -> list[Row]:
    """The rows of the index. Of the names of pages, the part before the digest is told."""
    found = re.findall(r"<tr data-outcome.*?</tr>", index(pytester), re.DOTALL)
    return [Row(*map(str.strip, _cells(row))) for row in found]


def _cells(row: str) -> tuple[str, ...]:
    outcome, test, attempts, elapsed = re.findall(r"<td.*?</td>", row, re.DOTALL)
    [page] = re.findall(r'href="(.*?)-\w+\.html"', test) or [""]
    name, _, message = re.sub(r"<small>.*?</small>", "", test).partition("<pre")
    return (*map(_text, (outcome, name)), page, _text(f"<pre{message}"), *map(_text, (attempts, elapsed)))


def _text(html: str) -> str:
    return re.sub(r"<[^>]*>?", "", html)


def test_the_index_has_each_test_of_the_run_with_failures_first(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_shop=TESTS)

    pytester.runpytest(FLAG)

    assert rows(pytester) == [
        Row("error", "test_breaks", "test_shop.py_test_breaks", "KeyError: &#39;no such order&#39;", "0", "0 s"),
        Row("failed", "test_fails", "test_shop.py_test_fails", "assert 180.0 == 0", "3", "3 min"),
        Row("skipped", "test_is_skipped", "", "later", "", ""),
        Row("passed", "test_passes", "test_shop.py_test_passes", "", "3", "3 min"),
        Row("passed", "test_without_lambda_events", "", "", "", ""),
    ]


def test_the_links_of_the_index_lead_to_pages_that_exist(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_shop=TESTS)

    pytester.runpytest(FLAG)

    linked = re.findall(r'<a href="(.*?)"', index(pytester))
    assert sorted([*linked, "index.html"]) == sorted(path.name for path in (pytester.path / "pages").iterdir())


def test_the_index_of_a_run_under_xdist_has_the_tests_of_all_workers(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_shop=TESTS)
    pytester.runpytest(FLAG)
    plain = rows(pytester)

    result = pytester.runpytest("--lambda-events-report=pages", "-p", "xdist.plugin", "-n", "2")

    assert rows(pytester) == plain
    result.stdout.fnmatch_lines(["*- lambda events report: file://*/pages/index.html -*"])


def test_the_path_of_the_index_is_printed_at_the_end_of_the_run(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_passes(): ...")

    result = pytester.runpytest(FLAG)

    path = pytester.path / "pages" / "index.html"
    result.stdout.re_match_lines([f"-+ lambda events report: {re.escape(path.as_uri())} -+"])


def test_without_the_option_nothing_is_printed_or_written(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_shop=TESTS)

    result = pytester.runpytest()

    result.stdout.no_fnmatch_line("*lambda events report*")
    assert not (pytester.path / "pages").exists()


def test_a_run_without_tests_has_an_index(pytester: pytest.Pytester) -> None:
    pytester.runpytest(FLAG)

    assert "No test ran." in index(pytester)


def test_the_index_of_a_test_that_is_run_again_has_the_last_outcome(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        import pytest
        from _pytest.runner import runtestprotocol

        @pytest.hookimpl(tryfirst=True)
        def pytest_runtest_protocol(item, nextitem):
            for _ in range(2):
                reports = runtestprotocol(item, nextitem=nextitem)
            return True
    """)
    pytester.makepyfile(
        test_shop="""
        runs = []

        def test_passes_the_second_time():
            runs.append(1)
            assert len(runs) == 2
    """
    )

    pytester.runpytest(FLAG)

    assert [(row.outcome, row.message) for row in rows(pytester)] == [("passed", "")]


def test_markup_in_a_name_or_a_message_is_text(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_shop="""
        import pytest

        @pytest.mark.parametrize("text", ["<b>bold</b>"])
        def test_fails(text): raise ValueError("<script>alert(1)</script>")
    """
    )

    pytester.runpytest(FLAG)

    [row] = rows(pytester)
    assert (row.name, row.message) == (
        "test_fails[&lt;b&gt;bold&lt;/b&gt;]", "ValueError: &lt;script&gt;alert(1)&lt;/script&gt;"
    )  # fmt: skip
