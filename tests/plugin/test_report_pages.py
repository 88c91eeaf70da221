"""`--lambda-events-report=DIR`: the page of each test."""

from __future__ import annotations

import re

import pytest

from pytest_lambda_events.plugin.pages import page_name

STORY = """
    import pytest

    def charge(event, context):
        print("charging order", event["order"])
        raise ValueError("</script><b>card expired</b>")

    @pytest.mark.parametrize("starts", [[0, 60], [0, 60, 180]], ids=["wrong", "right"])
    def test_retries(lambda_events, starts):
        failures = lambda_events.queue("failures")
        event = lambda_events.function(charge, on_failure=failures).invoke_async({"order": 7})
        lambda_events.run_until_idle()
        assert [attempt.started_after_seconds for attempt in event.attempts] == starts

    def test_without_an_environment(): ...
"""
FLAG = "--lambda-events-report=pages"


def pages(pytester: pytest.Pytester) -> dict[str, str]:
    """The pages by the beginning of their names, without the digests."""
    written = sorted((pytester.path / "pages").glob("*"))
    return {path.name.rpartition("-")[0]: path.read_text(encoding="utf-8") for path in written if path.name != "index.html"}


def test_each_test_that_used_an_environment_has_a_page(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_shop=STORY)

    result = pytester.runpytest(FLAG)

    result.assert_outcomes(passed=2, failed=1)
    assert list(pages(pytester)) == ["test_shop.py_test_retries_right", "test_shop.py_test_retries_wrong"]


def test_a_page_has_the_outcome_and_what_pytest_tells_of_a_failure(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_shop=STORY)

    pytester.runpytest(FLAG)

    right, wrong = pages(pytester).values()
    assert '<span class="chip passed">passed</span>' in right
    assert "Failed in call" not in right
    assert '<span class="chip failed">failed</span>' in wrong
    assert "Failed in call" in wrong
    assert "assert [0.0, 60.0, 180.0] == [0, 60]" in wrong


def test_a_page_has_the_timeline_as_text(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_shop=STORY)

    pytester.runpytest(FLAG, "-k", "right")

    [page] = pages(pytester).values()
    assert re.search(r"60 s   charge +attempt 2 +ValueError: &lt;/script&gt;&lt;b&gt;card expired.* retry at 180 s", page)


@pytest.mark.parametrize(
    ("body", "outcome", "told"),
    [
        pytest.param("pytest.skip('later')", "skipped", [], id="skipped"),
        pytest.param("pytest.xfail('known')", "xfailed", [], id="xfailed"),
        pytest.param(
            "request.addfinalizer(lambda: 1 / 0)", "error", ["Failed in teardown", "ZeroDivisionError"], id="teardown"
        ),
        pytest.param("request.getfixturevalue('broken')", "failed", ["Failed in call", "no such order"], id="fixture in call"),
    ],
)
def test_a_page_has_each_way_in_which_a_test_can_end(
    pytester: pytest.Pytester, body: str, outcome: str, told: list[str]
) -> None:
    pytester.makepyfile(f"""
        import pytest

        @pytest.fixture
        def broken(): raise KeyError("no such order")

        def test_an_end(lambda_events, request): {body}
    """)

    pytester.runpytest(FLAG)

    [page] = pages(pytester).values()
    assert re.findall(r'<span class="chip \w+">(\w+)</span>', page) == [outcome]
    assert [text for text in told if text not in page] == []
    assert page.count("Failed in") == len(told[:1])


def test_a_fixture_that_fails_after_the_environment_opened_has_a_page(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.fixture
        def charged(lambda_events): raise KeyError("no such order")

        def test_never_reached(charged): ...
    """)

    pytester.runpytest(FLAG)

    [page] = pages(pytester).values()
    assert '<span class="chip error">error</span>' in page
    assert "Failed in setup" in page


def test_the_errors_in_an_exception_group_are_on_the_page_before_the_group(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import sys

        if sys.version_info < (3, 11):
            from exceptiongroup import ExceptionGroup

        def charge(event, context):
            raise ExceptionGroup("many", [ExceptionGroup("inner", [KeyError("sku")]), ValueError("no address")])

        def test_group(lambda_events):
            lambda_events.function(charge).invoke({})
    """)

    pytester.runpytest(FLAG)

    [page] = pages(pytester).values()
    errors = ["KeyError: \\u0027sku\\u0027", "ValueError: no address", "ExceptionGroup: many (2 sub-exceptions)"]
    places = [page.index(f'["{error}", "", "bad"]') for error in errors]
    assert places == sorted(places)


def test_attempts_that_run_at_the_end_of_a_test_last_until_the_final_time(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import time

        def test_too_early(lambda_events):
            lambda_events.function(lambda event, context: time.sleep(50), name="slow", timeout=100).invoke_async()
            lambda_events.advance(5)
    """)

    pytester.runpytest(FLAG)

    [page] = pages(pytester).values()
    assert "slow attempt 1: pending, from 0 s to 5 s, 5 s" in page


def test_pages_are_where_the_shell_was_also_if_a_test_goes_elsewhere(pytester: pytest.Pytester) -> None:
    pytester.mkdir("elsewhere")
    pytester.makepyfile("""
        import os

        def test_that_goes_elsewhere(lambda_events): os.chdir("elsewhere")
    """)

    pytester.runpytest("--lambda-events-report=out/pages")

    assert len(list((pytester.path / "out" / "pages").glob("test_*.html"))) == 1


@pytest.mark.parametrize("folder", ["taken", "taken/below"])
def test_a_file_instead_of_the_folder_is_refused(pytester: pytest.Pytester, folder: str) -> None:
    pytester.makefile("", taken="a file")

    result = pytester.runpytest(f"--lambda-events-report={folder}")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --lambda-events-report={folder}: *taken is a file. Pass a folder."])


def test_a_folder_that_the_plugin_cannot_create_is_refused(pytester: pytest.Pytester) -> None:
    too_long = "x" * 300

    result = pytester.runpytest(f"--lambda-events-report={too_long}")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --lambda-events-report=xxx*: creating this folder failed: *. Pass another one."])


def test_an_empty_folder_name_is_refused(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("--lambda-events-report=")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: --lambda-events-report: the folder is missing. Pass one, such as --lambda-events-report=pages."]
    )


# ---------------------------------------------------------------------- names

NODE_IDS = {
    "plain": "tests/test_shop.py::test_retries",
    "class": "tests/test_shop.py::TestShop::test_retries[a-1]",
    "slashes": "tests/test_shop.py::test_retries[../../etc/passwd]",
    "letters beyond ASCII": "tests/test_shop.py::test_retries[ä\N{SNOWMAN}]",
    "half a surrogate pair": "tests/test_shop.py::test_retries[\ud800]",
    "very long": f"tests/test_shop.py::test_retries[{'x' * 5000}]",
    "forbidden on Windows": 'tests/test_shop.py::test_retries[<>:"|?*\\]',
    "nothing but signs": "::[]",
}


@pytest.mark.parametrize("node_id", NODE_IDS.values(), ids=NODE_IDS)
def test_a_name_is_one_that_every_file_system_takes(node_id: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,119}\.html", page_name(node_id))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("a/test_shop.py::test_x", "b/test_shop.py::test_x", id="folders"),
        pytest.param("test_shop.py::test_x[a/b]", "test_shop.py::test_x[a_b]", id="signs"),
        pytest.param("test_shop.py::test_x[a]", "test_shop.py::test_x[A]", id="case"),
        pytest.param(f"test_shop.py::test_x[{'a' * 300}1]", f"test_shop.py::test_x[{'a' * 300}2]", id="behind the cut"),
    ],
)
def test_two_tests_never_have_one_name(one: str, other: str) -> None:
    assert page_name(one).lower() != page_name(other).lower()


def test_a_name_can_be_read() -> None:
    assert page_name("tests/test_shop.py::TestShop::test_x[a/b]").startswith("test_shop.py_TestShop_test_x_a_b-")
