"""The fixture `lambda_stack`, the marker and options of templates, and the table of a stack."""

from __future__ import annotations

import inspect

import pytest

from pytest_lambda_events import LambdaEvents
from pytest_lambda_events.plugin.templates import KEYWORDS

TEMPLATE = """
Parameters:
  Stage: {Type: String}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: []}}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Code: src
      Role: !GetAtt Role.Arn
      Environment: {Variables: {STAGE: !Ref Stage}}
"""
TEST = """
    def test_stage(lambda_stack):
        assert lambda_stack.functions["Function"].invoke().payload == "{}"
"""


@pytest.fixture(autouse=True)
def project(pytester: pytest.Pytester) -> None:
    """A template whose function returns the variable STAGE."""
    pytester.makefile(".yaml", template=TEMPLATE)
    pytester.mkdir("src").joinpath("app.py").write_text("import os\ndef handler(event, context): return os.environ['STAGE']\n")


def test_the_marker_names_the_template(pytester: pytest.Pytester) -> None:
    marker = '@pytest.mark.lambda_template("template.yaml", parameters={"Stage": "beta"})'
    pytester.makepyfile(f"import pytest\n{marker}\n{TEST.format('beta').strip()}")

    pytester.runpytest().assert_outcomes(passed=1)


def test_the_closest_marker_applies(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        pytestmark = pytest.mark.lambda_template("template.yaml", parameters={"Stage": "far"})

        def test_far(lambda_stack):
            assert lambda_stack.parameters == {"Stage": "far"}

        @pytest.mark.lambda_template("template.yaml", parameters={"Stage": "near"})
        def test_near(lambda_stack):
            assert lambda_stack.parameters == {"Stage": "near"}
        """
    )

    pytester.runpytest().assert_outcomes(passed=2)


def test_the_ini_file_names_the_template_of_all_tests(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nlambda_events_template = template.yaml\nlambda_events_template_parameters =\n  Stage=ini\n")
    pytester.makepyfile(TEST.format("ini"))

    pytester.runpytest().assert_outcomes(passed=1)


def test_flags_override_the_ini_file(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nlambda_events_template = other.yaml\nlambda_events_template_parameters =\n  Stage=ini\n")
    pytester.makepyfile(TEST.format("flag"))
    flags = ("--lambda-events-template=template.yaml", "--lambda-events-template-parameters=Stage=flag")

    pytester.runpytest(*flags).assert_outcomes(passed=1)


def test_a_marker_without_a_template_adds_to_the_one_of_the_ini_file(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nlambda_events_template = template.yaml\nlambda_events_template_parameters =\n  Stage=ini\n")
    marker = '@pytest.mark.lambda_template(parameters={"Stage": "marker"})'
    pytester.makepyfile(f"import pytest\n{marker}\n{TEST.format('marker').strip()}")

    pytester.runpytest().assert_outcomes(passed=1)


def test_a_project_can_override_the_fixture(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture
        def lambda_stack(lambda_events):
            return lambda_events.deploy("template.yaml", parameters={"Stage": "own"})
        """
    )
    pytester.makepyfile(TEST.format("own"))

    pytester.runpytest().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("", "*The fixture lambda_stack has no template. Add the marker*"),
        ('("template.yaml", parameter={})', "*has no keyword 'parameter'. Did you mean 'parameters'?*"),
        ("()", "*takes one template, not 0. Pass a path*"),
        ('("missing.yaml")', "*missing.yaml' does not exist. Pass a template file*"),
        ('("template.yaml")', "*Parameters: [[]Stage[]] must have values.*"),
    ],
)
def test_a_wrong_use_is_one_message(marker: str, message: str, pytester: pytest.Pytester) -> None:
    decorated = f"import pytest\n@pytest.mark.lambda_template{marker}\n" if marker else ""
    pytester.makepyfile(f"{decorated}def test_stack(lambda_stack): pass")

    result = pytester.runpytest()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_marker_without_the_fixture_fails_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile('import pytest\n@pytest.mark.lambda_template("template.yaml")\ndef test_nothing(lambda_events): pass')

    result = pytester.runpytest()

    result.stdout.fnmatch_lines(["*has the marker lambda_template, but does not use the fixture lambda_stack*"])
    assert result.ret == 1


def test_a_parameter_without_a_value_on_the_command_line_is_a_usage_error(pytester: pytest.Pytester) -> None:
    flags = ("--lambda-events-template=template.yaml", "--lambda-events-template-parameters=Stage")

    result = pytester.runpytest(*flags, "--lambda-events-show-stack")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*'Stage' is not NAME=VALUE. Pass such as Stage=test.*"])


def test_the_table_of_a_stack_is_shown_without_running_tests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_that_fails(): assert False")
    flags = ("--lambda-events-template=template.yaml", "--lambda-events-template-parameters=Stage=test")

    result = pytester.runpytest(*flags, "--lambda-events-show-stack")

    assert result.ret == 0
    result.stdout.fnmatch_lines(["Stack stack", "resource *", "Function  AWS::Lambda::Function  simulated*"])
    result.stdout.no_fnmatch_line("*test_that_fails*")


def test_a_stack_with_a_refused_resource_is_shown_with_its_reason(pytester: pytest.Pytester) -> None:
    pytester.makefile(".yaml", refused="Resources: {Topic: {Type: AWS::IoT::TopicRule}}")

    result = pytester.runpytest("--lambda-events-template=refused.yaml", "--lambda-events-show-stack")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "*Topic (AWS::IoT::TopicRule) invokes functions asynchronously", "*ignore=[[]'Topic'[]]*",
            "On the command line: --lambda-events-template-ignore=...",
        ]
    )  # fmt: skip


def test_the_marker_has_all_keywords_of_deploy() -> None:
    keywords = inspect.signature(LambdaEvents.deploy).parameters.keys() - {"self", "source"}

    assert set(KEYWORDS) == keywords


def test_showing_a_stack_needs_a_template(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("--lambda-events-show-stack")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*--lambda-events-show-stack needs a template. Pass --lambda-events-template=template.yaml.*"]
    )


def test_the_report_of_a_failing_test_has_the_findings_of_checks(pytester: pytest.Pytester) -> None:
    queues = """
  Dead: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 600}}
  Orders:
    Type: AWS::SQS::Queue
    Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}}
"""
    pytester.makefile(".yaml", template=TEMPLATE + queues)
    marker = '@pytest.mark.lambda_template("template.yaml", parameters={"Stage": "beta"})'
    pytester.makepyfile(f"import pytest\n{marker}\ndef test_stage(lambda_stack): assert not lambda_stack.functions\n")

    result = pytester.runpytest("--lambda-events-template-ignore=TPL-W0")

    result.stdout.fnmatch_lines(["Warnings:", "*Stack stack, Dead: MessageRetentionPeriod is 600 seconds*(TPL-W2)"])
