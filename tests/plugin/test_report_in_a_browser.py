"""What a real browser makes of a report page and of the index."""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAG = "--lambda-events-report=pages"
TESTS = """
    import json, time

    def charge(event, context):
        print("charging order", event["order"])
        raise ValueError("</script><b>card expired</b>")

    def test_retries(lambda_events):
        failures = lambda_events.queue("failures")
        event = lambda_events.function(charge, on_failure=failures).invoke_async({"order": 7})
        lambda_events.run_until_idle()
        assert len(event.attempts) == 2

    def slow(event, context):
        time.sleep(40 * len(event["Records"]))
        return {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]}

    def test_many_marks(lambda_events):
        dead = lambda_events.queue("orders-dead")
        orders = lambda_events.queue("orders", visibility_timeout=300, dead_letter_queue=dead, max_receive_count=3)
        function = lambda_events.function(slow, timeout=200, reserved_concurrent_executions=2)
        function.add_event_source(orders, batch_size=2, function_response_types=["ReportBatchItemFailures"])
        orders.send(*[{"order": number} for number in range(12)])
        lambda_events.run_until_idle()
        assert dead.messages == []
"""
PROBE = """<script>
addEventListener("load", () => {
  const box = (element) => element.getBoundingClientRect();
  const meet = (one, other) => one.left < other.right - 0.5 && other.left < one.right - 0.5
    && one.top < other.bottom - 0.5 && other.top < one.bottom - 0.5;
  const all = (selector) => [...document.querySelectorAll(selector)];
  const pairs = (elements) => elements.flatMap((one, number) => elements.slice(0, number)
    .filter((other) => meet(box(one), box(other))).map((other) => [one.textContent, other.textContent]));
  const inside = (element, frame) => box(element).left >= box(frame).left - 1 && box(element).right <= box(frame).right + 1;
  const chart = document.querySelector(".chart"), picture = document.querySelector(".picture");
  const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const selected = () => all(".mark").indexOf(document.querySelector(".mark.selected"));
  const title = () => document.querySelector("#details h2").textContent;
  const found = {
    overlaps: pairs(all(".mark, .words.beside")).concat(pairs(all(".tick, .skipped"))),
    outside: all(".mark, .words").filter((element) => !inside(element, picture)).map((element) => element.textContent),
    cut: all(".mark, .tick").filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.textContent),
    wide: document.documentElement.scrollWidth - innerWidth,
    inView: inside(document.querySelector(".mark.selected"), chart),
    tabStops: all(".mark").filter((mark) => mark.tabIndex === 0).length,
    first: [selected(), title()],
  };
  document.querySelector(".mark.selected").focus();
  press("Home"); found.home = [selected(), title(), chart.scrollLeft];
  press("ArrowRight"); found.right = selected();
  press("ArrowLeft"); found.left = selected();
  press("ArrowDown"); found.down = title();
  press("End"); found.end = [all(".mark").length - 1 - selected(), inside(document.querySelector(".mark.selected"), chart)];
  const probe = document.createElement("pre");
  probe.id = "probe";
  probe.textContent = JSON.stringify(found);
  document.body.append(probe);
});
</script>"""


@pytest.fixture
def browser() -> str:
    """The path of a browser."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("No browser: on Debian, `apt-get install chromium`.")
    return found


def browse(browser: str, page: Path, *flags: str, width: int = 1400) -> subprocess.CompletedProcess[str]:
    """Open a page without a window. The profile is beside the page, so that runs do not share one."""
    fixed = [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
        "--disable-background-networking", "--enable-logging=stderr", f"--window-size={width},1000",
        f"--user-data-dir={page.parent / 'profile'}",
    ]  # fmt: skip
    return subprocess.run(
        [browser, *fixed, *flags, page.as_uri()], capture_output=True, text=True, timeout=60, check=True
    )  # fmt: skip


def written_page(pytester: pytest.Pytester, name: str) -> Path:
    pytester.makepyfile(test_shop=TESTS)
    pytester.runpytest(FLAG, "-k", name)
    [page] = (pytester.path / "pages").glob(f"*{name}*")
    return page


def size_and_corner(path: Path) -> tuple[tuple[int, int], str]:
    """The size of a PNG file, and the color of its upper left corner: no filter changes the first pixel."""
    content = path.read_bytes()
    chunks = content[8:].split(b"IDAT")
    pixels = zlib.decompressobj().decompress(chunks[1], 4)
    return struct.unpack(">II", content[16:24]), pixels[1:4].hex()


def probed(browser: str, page: Path, width: int) -> dict[str, Any]:
    """What a script finds out in the page."""
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", f"{PROBE}</body>"), encoding="utf-8")
    seen = browse(browser, page, "--dump-dom", width=width)
    [found] = re.findall(r'<pre id="probe">(.*?)</pre>', seen.stdout)
    probe: dict[str, Any] = json.loads(found.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    return probe


def test_a_browser_draws_the_marks_and_its_script_shows_the_last_failure(pytester: pytest.Pytester, browser: str) -> None:
    page = written_page(pytester, "retries")

    seen = browse(browser, page, "--dump-dom")

    marks = re.findall(r'<button [^>]*class="mark (\w+)', seen.stdout)
    assert marks == ["accepted", "function_error", "function_error", "function_error", "discarded", "failure_record"]
    details = seen.stdout.partition('id="details"')[2].partition("</section>")[0]
    assert "<h2>charge attempt 3: function error</h2>" in details
    assert '<p class="when">at 180 s</p>' in details
    assert "<dt>Logs</dt><dd><pre>charging order 7</pre></dd>" in details
    assert "&lt;/script&gt;&lt;b&gt;card expired&lt;/b&gt;" in details
    assert [line for line in seen.stderr.splitlines() if ":CONSOLE" in line] == []


@pytest.mark.parametrize("width", [900, 1400])
def test_a_page_is_complete_and_can_be_used_by_keyboard(pytester: pytest.Pytester, browser: str, width: int) -> None:
    page = written_page(pytester, "many_marks")

    found = probed(browser, page, width)

    nothing = {name: found[name] for name in ("overlaps", "outside", "cut")}
    assert nothing == {"overlaps": [], "outside": [], "cut": []}
    assert found["wide"] <= 0
    assert found["inView"] is True
    assert found["tabStops"] == 1
    assert found["first"][1] == "slow attempt 12: whole batch failed"
    assert found["home"] == [0, "orders: received", 0]
    assert (found["right"], found["left"]) == (1, 0)
    assert found["down"] == "slow: warning"
    assert found["end"] == [0, True]


def test_a_browser_paints_a_page_in_light_and_in_dark_colors(pytester: pytest.Pytester, browser: str) -> None:
    page = written_page(pytester, "retries")
    light, dark = page.with_name("light.png"), page.with_name("dark.png")

    browse(browser, page, f"--screenshot={light}", "--blink-settings=preferredColorScheme=1")
    browse(browser, page, f"--screenshot={dark}", "--blink-settings=preferredColorScheme=0")

    assert size_and_corner(light) == ((1400, 1000), "f6f7f9")
    assert size_and_corner(dark) == ((1400, 1000), "0f1318")
    # An empty picture of this size compresses to a few thousand bytes.
    assert min(light.stat().st_size, dark.stat().st_size) > 30_000
