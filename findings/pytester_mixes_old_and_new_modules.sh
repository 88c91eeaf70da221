#!/usr/bin/env bash
# A surprise of pytester, the plugin of pytest (9.2.0) for tests of plugins, without any other library:
#
# A test runs pytest twice in its own process. The inner runs import a module of a package that the outer run has loaded.
# Expected: both inner runs see one module, a new one or that of the run before.
# Seen: in the second run `from shop import orders` returns the old module, and `from shop.orders import Order` a new one.
# pytester removes modules of inner runs from sys.modules, but the package keeps them as attributes. So there are two classes
# Order, whose instances are not equal.
#
# It matters here because modules of this plugin that only some tests need are loaded in inner runs. They import names from each
# other, not modules.
#
# Exits with 1 if the behaviour has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "pytest==9.2.0"
mkdir "$folder/shop"
touch "$folder/shop/__init__.py"
echo "class Order: pass" > "$folder/shop/orders.py"
cat > "$folder/test_shop.py" <<'PYTHON'
import shop

pytest_plugins = ["pytester"]
INNER = """
    def test_order():
        from shop import orders
        from shop.orders import Order
        assert orders.Order is Order
"""


def test_two_inner_runs(pytester):
    pytester.makepyfile(INNER)
    outcomes = [pytester.runpytest_inprocess().parseoutcomes() for _ in range(2)]
    print("outcomes of the inner runs:", outcomes)
    assert outcomes == [{"passed": 1}, {"failed": 1}]
PYTHON
cd "$folder"
"$folder/venv/bin/python" -m pytest --version
PYTHONPATH="$folder" "$folder/venv/bin/python" -m pytest -q -rP -p no:cacheprovider test_shop.py > output || true
cat output
grep -q "outcomes of the inner runs: \[{'passed': 1}, {'failed': 1}\]" output
