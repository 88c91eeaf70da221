"""The suite on every supported Python, and the checks around it. `make oldest` runs the oldest supported dependencies."""

from __future__ import annotations

import nox

PYPROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PYPROJECT)
GROUPS = {
    name: nox.project.dependency_groups(PYPROJECT, name) for name in ("test", "test-without-dependencies", "lint", "docs")
}

nox.options.default_venv_backend = "venv"
nox.options.sessions = ["lint", "typing", "rules", "tests"]


def install_tests(session: nox.Session) -> None:
    """Installs the project, and what its tests need."""
    session.install("--editable", ".", *GROUPS["test"])
    session.install("--no-deps", *GROUPS["test-without-dependencies"])


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The whole suite; arguments after -- go to pytest."""
    install_tests(session)
    session.run("pytest", *session.posargs)


@nox.session(python=PYTHONS[-1])
def tests_parallel(session: nox.Session) -> None:
    """The suite on two workers of pytest-xdist, in random order."""
    install_tests(session)
    session.run("pytest", "-n", "2", *session.posargs)


@nox.session(python=PYTHONS[-1])
def tests_thorough(session: nox.Session) -> None:
    """The suite with all examples of its property-based tests."""
    install_tests(session)
    session.run("pytest", *session.posargs, env={"LAMBDA_EVENTS_THOROUGH": "1"})


@nox.session(python=PYTHONS[-1])
def lint(session: nox.Session) -> None:
    """Ruff: rules and format; words that are hard to understand."""
    session.install("ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("python", "docs/words.py")


@nox.session(python=PYTHONS[-1])
def typing(session: nox.Session) -> None:
    """Mypy, strict."""
    session.install("--editable", ".", *GROUPS["test"], *GROUPS["lint"])
    session.run("mypy")


@nox.session(python=PYTHONS[-1])
def rules(session: nox.Session) -> None:
    """Every rule of a finished sheet is tested or listed, and the fidelity table is up to date."""
    session.run("python", "docs/rules/check.py", "--check")


@nox.session(python=PYTHONS[-1])
def docs(session: nox.Session) -> None:
    """The pages as a site; links that lead nowhere and a reference that is out of date stop it."""
    session.install("--editable", ".", *GROUPS["test"], *GROUPS["docs"])
    session.run("pytest", "-q", "tests/test_docs.py")
    session.run("python", "docs/build.py")


@nox.session(python=PYTHONS[-1])
def coverage(session: nox.Session) -> None:
    """Branch coverage, started before pytest because pytest imports the plugin first."""
    session.install("--editable", ".", *GROUPS["test"])
    session.run("coverage", "run", "-m", "pytest", *session.posargs)
    session.run("coverage", "combine")
    session.run("coverage", "report")


@nox.session(python=PYTHONS)
def package(session: nox.Session) -> None:
    """The suite against the built wheel instead of the checkout."""
    session.install("build")
    directory = session.create_tmp()
    session.run("python", "-m", "build", "--wheel", "--outdir", directory)
    session.install("--find-links", directory, "--no-index", "--no-deps", "--force-reinstall", "pytest-lambda-events")
    session.install("pytest-lambda-events", *GROUPS["test"])
    session.run("pytest", *session.posargs)
