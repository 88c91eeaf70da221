"""Where the section and the property of a failing test are found, and that they are there once."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

SECTION = "*- lambda events: timeline -*"
STORY = r"""
    def charge(event, context):
        print("charging \x1b[31morder\x1b[0m 7\x00")
        raise ValueError("card expired \x08")

    def test_fails(lambda_events):
        lambda_events.function(charge).invoke_async({"order": "\x07"})
        lambda_events.run_until_idle()
        assert False

    def test_passes(lambda_events):
        lambda_events.function(charge).invoke_async({"order": 8})
        lambda_events.run_until_idle()
"""
BROKEN_FIXTURE = """
    import pytest

    def charge(event, context): ...

    @pytest.fixture
    def charged(lambda_events):
        lambda_events.function(charge).invoke_async({"order": 7})
        lambda_events.run_until_idle()
        yield
        assert False

    def test_it(charged):
        assert %s
"""


def properties_in(path: Path) -> dict[str, list[str]]:
    """The timelines in a JUnit file by the name of their test."""
    return {
        case.attrib["name"]: [
            found.attrib["value"] for found in case.iter("property") if found.attrib["name"] == "lambda_events_timeline"
        ]
        for case in ElementTree.parse(path).iter("testcase")
    }


def test_junit_files_have_the_timeline_of_a_failing_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(STORY)

    pytester.runpytest("--junitxml=junit.xml")

    found = properties_in(pytester.path / "junit.xml")
    assert found["test_passes"] == []
    [text] = found["test_fails"]
    assert r"ValueError: card expired" in text.splitlines()[1]
    assert text.splitlines()[2].strip() == r"| charging order 7\x00"


def test_section_property_and_pages_come_from_a_worker_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(STORY)
    worker = ("-p", "xdist.plugin", "-n", "1")

    result = pytester.runpytest(*worker, "--junitxml=junit.xml", "--lambda-events-report=pages")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([SECTION, "*0 s   charge * attempt 1 * ValueError: card expired * retry at 60 s"])
    found = properties_in(pytester.path / "junit.xml")
    assert found["test_passes"] == []
    [text] = found["test_fails"]
    assert r"ValueError: card expired" in text.splitlines()[1]
    assert text.splitlines()[2].strip() == r"| charging order 7\x00"
    assert len(list((pytester.path / "pages").glob("*_test_fails-*.html"))) == 1
    assert len(list((pytester.path / "pages").glob("*_test_passes-*.html"))) == 1


def test_all_gives_junit_files_the_timeline_of_passing_tests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(STORY)

    pytester.runpytest("--junitxml=junit.xml", "--lambda-events-timeline=all")

    assert {name: len(texts) for name, texts in properties_in(pytester.path / "junit.xml").items()} == {
        "test_fails": 1, "test_passes": 1,
    }  # fmt: skip


def test_off_leaves_junit_files_without_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(STORY)

    pytester.runpytest("--junitxml=junit.xml", "--lambda-events-timeline=off")

    assert properties_in(pytester.path / "junit.xml") == {"test_fails": [], "test_passes": []}


def test_an_html_report_has_the_section(pytester: pytest.Pytester) -> None:
    pytest.importorskip("pytest_html")
    pytester.makepyfile(STORY)

    plugins = ("-p", "pytest_metadata.plugin", "-p", "pytest_html.plugin", "-p", "pytest_html.fixtures")
    pytester.runpytest(*plugins, "--html=report.html", "--self-contained-html")

    text = (pytester.path / "report.html").read_text(encoding="utf-8")
    assert text.count("lambda events: timeline") == 1
    assert "ValueError: card expired" in text


@pytest.mark.parametrize("passes", [True, False], ids=["a test that passes", "a test that fails"])
def test_a_teardown_that_fails_shows_the_timeline_once(pytester: pytest.Pytester, *, passes: bool) -> None:
    pytester.makepyfile(BROKEN_FIXTURE % passes)

    result = pytester.runpytest("--junitxml=junit.xml")

    result.assert_outcomes(passed=int(passes), failed=int(not passes), errors=1)
    assert str(result.stdout).count("lambda events: timeline") == 1
    assert any("charge   attempt 1   returned null" in text for text in properties_in(pytester.path / "junit.xml")["test_it"])


def test_all_shows_a_failing_teardown_s_timeline_once(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(BROKEN_FIXTURE % True)

    result = pytester.runpytest("--lambda-events-timeline=all", "-rA")

    assert str(result.stdout).count("lambda events: timeline") == 1


def test_a_setup_that_fails_shows_the_timeline_once(pytester: pytest.Pytester) -> None:
    pytester.makepyfile((BROKEN_FIXTURE % True).replace("yield", "assert False"))

    result = pytester.runpytest("--lambda-events-timeline=all", "-rA", "--junitxml=junit.xml")

    result.assert_outcomes(errors=1)
    assert str(result.stdout).count("lambda events: timeline") == 1
    assert len(properties_in(pytester.path / "junit.xml")["test_it"]) == 1


def test_a_passing_test_costs_neither_text_nor_a_page(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import sys

        def test_one(lambda_events):
            lambda_events.function(lambda event, context: None, name="charge").invoke_async({})
            lambda_events.run_until_idle()

        def test_two():
            assert "pytest_lambda_events.report.section" not in sys.modules

        def test_three():
            assert "pytest_lambda_events.report.page.document" not in sys.modules
    """)

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=3)


def test_output_of_handlers_is_shown_with_the_attempt_and_the_place_of_the_error(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_shop="""
        import logging

        def charge(event, context):
            logging.getLogger("shop").warning("card of order %s is old", event["order"])
            raise ValueError("card expired")

        def test_fails(lambda_events):
            lambda_events.function(charge).invoke_async({"order": 7})
            lambda_events.run_until_idle()
            assert False
    """
    )

    result = pytester.runpytest()

    result.stdout.fnmatch_lines(
        [
            SECTION,
            "  0 s   charge   accepted *",
            "  0 s   charge   attempt 1   ValueError: card expired   retry at 60 s",
            "                   | [[]WARNING] card of order 7 is old",
            '                   at test_shop.py:5 in charge: raise ValueError("card expired")',
            " 60 s   charge   attempt 2   ValueError: card expired   retry at 180 s",
            "180 s   charge   attempt 3   ValueError: card expired   RetriesExhausted, count 3",
        ],
        consecutive=True,
    )
