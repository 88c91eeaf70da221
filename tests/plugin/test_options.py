"""Options: where they may be given, which place wins, and what is said about values that cannot be."""

from __future__ import annotations

import pytest

CONFIG = """
    def test_config(lambda_events):
        config = lambda_events.config
        print(f"seed={config.seed} region={config.region_name} account={config.account_id}")
"""


def test_defaults_need_no_configuration(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(CONFIG)

    result = pytester.runpytest("-s")

    result.stdout.fnmatch_lines(["*seed=0 region=us-east-1 account=123456789012*"])


def test_an_ini_value_changes_the_default(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nlambda_events_region_name = eu-central-1\nlambda_events_seed = 3")
    pytester.makepyfile(CONFIG)

    result = pytester.runpytest("-s")

    result.stdout.fnmatch_lines(["*seed=3 region=eu-central-1*"])


def test_pyproject_is_read_like_an_ini_file(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml('[tool.pytest.ini_options]\nlambda_events_seed = "3"')
    pytester.makepyfile(CONFIG)

    result = pytester.runpytest("-s")

    result.stdout.fnmatch_lines(["*seed=3 *"])


def test_an_overridden_config_fixture_wins_over_the_ini_value(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nlambda_events_seed = 3\nlambda_events_region_name = eu-central-1")
    pytester.makeconftest(
        """
        from dataclasses import replace
        import pytest

        @pytest.fixture(scope="session")
        def lambda_events_config(lambda_events_config):
            return replace(lambda_events_config, seed=4, account_id="210987654321")
        """
    )
    pytester.makepyfile(CONFIG)

    result = pytester.runpytest("-s")

    result.stdout.fnmatch_lines(["*seed=4 region=eu-central-1 account=210987654321*"])


def test_a_marker_wins_over_the_config_fixture(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        from dataclasses import replace
        import pytest

        @pytest.fixture(scope="session")
        def lambda_events_config(lambda_events_config):
            return replace(lambda_events_config, seed=4, region_name="eu-west-1")
        """
    )
    pytester.makepyfile(f"import pytest\npytestmark = pytest.mark.lambda_events(seed=5)\n{_dedented(CONFIG)}")

    result = pytester.runpytest("-s")

    result.stdout.fnmatch_lines(["*seed=5 region=eu-west-1*"])


def test_markers_of_module_class_and_test_are_merged_and_the_closest_wins(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        pytestmark = pytest.mark.lambda_events(seed=1, region_name="eu-west-1", account_id="111111111111")

        @pytest.mark.lambda_events(seed=2, region_name="eu-west-2")
        class TestClass:
            @pytest.mark.lambda_events(seed=3)
            def test_merged(self, lambda_events):
                config = lambda_events.config
                assert (config.seed, config.region_name, config.account_id) == (3, "eu-west-2", "111111111111")
        """
    )

    result = pytester.runpytest()

    result.assert_outcomes(passed=1)


def test_a_flag_wins_over_everything(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nlambda_events_seed = 3")
    pytester.makepyfile(f"import pytest\npytestmark = pytest.mark.lambda_events(seed=5)\n{_dedented(CONFIG)}")

    result = pytester.runpytest("-s", "--lambda-events-seed=6")

    result.stdout.fnmatch_lines(["*seed=6 *"])


def test_boto3_is_in_the_region_and_account_of_the_options(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import boto3
        import pytest

        @pytest.mark.lambda_events(region_name="eu-west-1", account_id="210987654321")
        def test_arn(lambda_events):
            assert boto3.client("sts").get_caller_identity()["Account"] == "210987654321"
            function = lambda_events.function(lambda event, context: None, name="answer")
            assert function.arn == "arn:aws:lambda:eu-west-1:210987654321:function:answer"
        """
    )

    result = pytester.runpytest()

    result.assert_outcomes(passed=1)


def test_the_start_time_is_what_the_test_reads(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from datetime import datetime, timezone
        import pytest

        @pytest.mark.lambda_events(start_time="2026-03-29T00:59:30Z")
        def test_now(lambda_events):
            assert datetime.now(timezone.utc).isoformat() == "2026-03-29T00:59:30+00:00"
        """
    )

    result = pytester.runpytest()

    result.assert_outcomes(passed=1)


NUMBER = "number, more than 0. Pass such a number, for example *"


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--lambda-events-timeline=al", "--lambda-events-timeline=al: this choice does not exist. Pass failed, all or off."),
        ("--lambda-events-seed=one", "--lambda-events-seed=one is not a number. Pass a number, such as 0."),
        (
            "--lambda-events-enforce-permissions=maybe",
            "--lambda-events-enforce-permissions=maybe is not true or false. Pass one of them.",
        ),
        (
            "--lambda-events-account-id=12",
            "account_id='12' is not an AWS account. Pass text of 12 digits, such as '123456789012'.",
        ),
        ("--lambda-events-flexible-window=late", "flexible_window='late' does not exist. Pass 'start' or 'end'."),
        ("--lambda-events-http-body=any", "http_body='any' does not exist. Pass 'lenient' or 'strict'."),
        ("--lambda-events-choices=wild", "choices='wild' does not exist. Pass 'documented' or 'seeded'."),
        ("--lambda-events-concurrent-executions=0", f"concurrent_executions=0 is not a whole {NUMBER}"),
        ("--lambda-events-idle-limit-seconds=nan", f"idle_limit_seconds=nan is not a finite {NUMBER}"),
        ("--lambda-events-idle-limit-events=-1", f"idle_limit_events=-1 is not a whole {NUMBER}"),
        ("--lambda-events-start-time=yesterday", "start_time='yesterday' is not an instant. Pass ISO 8601 text*"),
        ("--lambda-events-start-time=2026-01-01", "start_time=*2026*has no offset. Pass ISO 8601 text*"),
        ("--lambda-events-region-name=", "region_name='' is not an AWS region. Pass the name of a region*"),
    ],
    ids=[
        "timeline", "seed", "bool", "account", "window", "strictness", "choices", "zero", "nan", "negative", "instant",
        "offset", "region",
    ],
)  # fmt: skip
def test_an_invalid_flag_stops_the_run_with_one_line(pytester: pytest.Pytester, flag: str, message: str) -> None:
    pytester.makepyfile(CONFIG)

    result = pytester.runpytest(flag)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {message}"])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("lambda_events_timeline = al", "lambda_events_timeline=al: this choice does not exist. Pass failed, all or off."),
        ("lambda_events_seed = one", "lambda_events_seed=one is not a number. Pass a number, such as 0."),
        (
            "lambda_events_account_id = 12",
            "account_id='12' is not an AWS account. Pass text of 12 digits, such as '123456789012'.",
        ),
        ("lambda_events_region_name = mars", "region_name='mars' is not an AWS region. Pass the name of a region*"),
        ("lambda_events_idle_limit_seconds = inf", "idle_limit_seconds=inf is not a finite number, more than 0. Pass*"),
    ],
    ids=["timeline", "seed", "account", "region", "infinite"],
)
def test_an_invalid_ini_value_stops_the_run_with_one_line(pytester: pytest.Pytester, line: str, message: str) -> None:
    pytester.makeini(f"[pytest]\n{line}")
    pytester.makepyfile(CONFIG)

    result = pytester.runpytest()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {message}"])


OPTIONS = "Its options: region_name, account_id, *seed, start_time, *"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("sead=1", f"The marker lambda_events has no option 'sead'. Did you mean 'seed'? {OPTIONS}"),
        ("1", f"The marker lambda_events takes keywords only, not 1. {OPTIONS}"),
        ("account_id='12'", "account_id='12' is not an AWS account. Pass text of 12 digits, such as '123456789012'."),
        ("concurrent_executions='ten'", f"concurrent_executions='ten' is not a whole {NUMBER}"),
        ("start_time=0", "start_time=0 is not an instant. Pass ISO 8601 text*"),
        ("enforce_permissions='false'", "enforce_permissions='false' is not True or False. Pass True or False, such as *"),
        ("region_name='us-easst-1'", "region_name='us-easst-1' is not an AWS region that botocore knows. Did you mean *"),
        ("10**5000", f"The marker lambda_events takes keywords only, not <an int of 16,610 bits>. {OPTIONS}"),
    ],
    ids=["unknown", "positional", "account", "type", "instant", "text for a bool", "region", "huge"],
)
def test_an_invalid_marker_fails_its_test_with_one_line(pytester: pytest.Pytester, arguments: str, message: str) -> None:
    pytester.makepyfile(f"import pytest\npytestmark = pytest.mark.lambda_events({arguments})\n{_dedented(CONFIG)}")

    result = pytester.runpytest()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*During handling*")


def test_help_lists_a_flag_and_an_ini_value_for_each_option(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("--help")

    result.stdout.fnmatch_lines(["*--lambda-events-timeline=failed|all|off", "*--lambda-events-region-name=REGION"])
    result.stdout.fnmatch_lines(["*The region of clients and handles that do not name one.*", "*Default: us-east-1*"])
    result.stdout.fnmatch_lines(["*lambda_events_timeline (string):", "*lambda_events_region_name (string):"])


def _dedented(source: str) -> str:
    return "\n".join(line[4:] for line in source.splitlines())


@pytest.mark.parametrize("returned", ["{'seed': 7}", "None"])
def test_a_config_fixture_that_returns_something_else_fails_the_test_with_one_line(
    pytester: pytest.Pytester, returned: str
) -> None:
    pytester.makeconftest(f"import pytest\n@pytest.fixture\ndef lambda_events_config():\n    return {returned}")
    pytester.makepyfile("def test_one(lambda_events):\n    pass")

    result = pytester.runpytest()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"The fixture lambda_events_config returned {returned}. Return a LambdaEventsConfig, *"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_names_to_inherit_come_as_words_from_the_ini_file_and_from_the_command_line(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nlambda_events_inherit_environment =\n  STAGE  TABLE\n  ORDERS_*")
    pytester.makepyfile("def test_config(lambda_events): print(lambda_events.config.inherit_environment)")

    from_ini = pytester.runpytest("-s")
    from_flag = pytester.runpytest("-s", "--lambda-events-inherit-environment=STAGE,ORDERS_* X")
    refused = pytester.runpytest("--lambda-events-inherit-environment=AWS_REGION")

    from_ini.stdout.fnmatch_lines(["*('STAGE', 'TABLE', 'ORDERS_[*]')*"])
    from_flag.stdout.fnmatch_lines(["*('STAGE', 'ORDERS_[*]', 'X')*"])
    refused.stderr.fnmatch_lines(["*'AWS_REGION' is one of the names that Lambda reserves. No function inherits them*"])
