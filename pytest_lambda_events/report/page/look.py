"""How a page looks and how it answers to pointer and keyboard: one style sheet and one script, inside the page."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #f6f7f9; --card: #ffffff; --ink: #1c2128; --quiet: #59636e; --faint: #8a949e;
  --rule: #e6e9ed; --instant: #f3f5f8; --tear: #b8c0c8; --focus: #0b63ce;
  --good: #1a7f4b; --good-fill: #dff3e6; --bad: #b3261e; --bad-fill: #fde4e1; --warn: #8a5a00; --warn-fill: #fff0cc;
  --odd: #6f42c1; --odd-fill: #efe7fb; --gone: #3d5a80; --gone-fill: #e1eaf5; --calm: #59636e; --calm-fill: #eef1f4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0f1318; --card: #171c23; --ink: #e3e8ee; --quiet: #9fabb8; --faint: #74808d;
    --rule: #28303a; --instant: #1c222a; --tear: #4c5763; --focus: #7ab7ff;
    --good: #56d190; --good-fill: #143526; --bad: #ff8f85; --bad-fill: #46201d; --warn: #f0bd4f; --warn-fill: #3b2d0b;
    --odd: #c3a5ff; --odd-fill: #322750; --gone: #94bbea; --gone-fill: #1e3048; --calm: #9fabb8; --calm-fill: #232b34;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper);
  color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif;
}
main { max-width: 1500px; margin: 0 auto; padding: 32px 32px 64px; }
header { margin-bottom: 24px; }
h1 { margin: 0 0 6px; font-size: 20px; font-weight: 600; overflow-wrap: anywhere; }
h1 small { display: block; color: var(--quiet); font-size: 13px; font-weight: 400; }
h2 { margin: 0 0 12px; font-size: 13px; font-weight: 600; color: var(--quiet); }
.summary {
  display: flex; flex-wrap: wrap; gap: 6px 16px;
  align-items: center; margin: 0; color: var(--quiet); font-size: 14px;
}
.chip { padding: 1px 10px; border: 1px solid; border-radius: 999px; font-weight: 600; }
.chip.passed { color: var(--good); background: var(--good-fill); }
.chip.failed, .chip.error { color: var(--bad); background: var(--bad-fill); }
.chip.other { color: var(--calm); background: var(--calm-fill); }
section {
  margin-bottom: 20px; padding: 20px 24px;
  background: var(--card); border: 1px solid var(--rule); border-radius: 12px;
}
pre { margin: 0; font: 12.5px/1.55 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; overflow-x: auto; }
.chart { display: flex; }
.names { flex: none; }
.scroll { flex: 1; min-width: 0; overflow-x: auto; }
svg { display: block; }
svg text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink); }
svg text.kind { font-size: 11px; fill: var(--faint); }
svg text.name { font-size: 13px; font-weight: 600; }
svg text.tick { font-weight: 600; font-variant-numeric: tabular-nums; }
svg text.again, svg text.skipped { font-size: 11px; fill: var(--quiet); }
svg text.skipped { text-anchor: middle; font-style: italic; }
svg text.label { font-weight: 600; font-variant-numeric: tabular-nums; fill: var(--tone); }
svg text.words { fill: var(--quiet); }
svg text.beside { paint-order: stroke; stroke: var(--card); stroke-width: 4px; stroke-linejoin: round; }
svg text.inside { fill: var(--tone); }
.rule { stroke: var(--rule); fill: none; }
.grid { stroke: var(--rule); fill: none; stroke-dasharray: 2 4; }
.axis { stroke: var(--faint); fill: none; stroke-width: 1.2; stroke-linejoin: round; }
.tear { stroke: var(--tear); fill: none; }
.instant { fill: var(--instant); }
.link { stroke: var(--faint); stroke-width: 1.3; fill: none; }
.link.retry { stroke-dasharray: 4 3; }
.tip { fill: var(--faint); }
.box { fill: var(--fill); stroke: var(--tone); stroke-width: 1.2; }
.icon { fill: none; stroke: var(--tone); stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round; }
.mark, .sign { --tone: var(--calm); --fill: var(--calm-fill); }
.mark { cursor: pointer; outline: none; }
.mark:hover .box, .mark:focus-visible .box, .mark.chosen .box { stroke: var(--focus); stroke-width: 2.5; }
.success, .done, .delivered { --tone: var(--good); --fill: var(--good-fill); }
.function_error, .lost, .given_up, .redriven, .expired { --tone: var(--bad); --fill: var(--bad-fill); }
.throttled, .partial, .warning, .kept { --tone: var(--warn); --fill: var(--warn-fill); }
.service_error, .fault { --tone: var(--odd); --fill: var(--odd-fill); }
.not_found { --tone: var(--gone); --fill: var(--gone-fill); }
.pending .box { fill: var(--card); stroke-dasharray: 4 3; }
.more .box { stroke-dasharray: 1 3; stroke-width: 2; }
.legend {
  display: flex; flex-wrap: wrap; gap: 8px 20px;
  margin: 16px 0 0; padding: 14px 0 0; border-top: 1px solid var(--rule); list-style: none;
}
.legend li { display: flex; gap: 7px; align-items: center; color: var(--quiet); font-size: 13px; }
.note { margin: 12px 0 0; color: var(--quiet); font-size: 13px; }
#details { min-height: 120px; }
#details h2 { color: var(--ink); font-size: 16px; margin-bottom: 2px; }
#details .when { margin: 0 0 14px; color: var(--quiet); font-size: 14px; font-variant-numeric: tabular-nums; }
#details dl { display: grid; grid-template-columns: 130px minmax(0, 1fr); gap: 10px 16px; margin: 0; }
#details dt { color: var(--quiet); font-size: 13px; padding-top: 1px; }
#details dd { margin: 0; }
#details pre { max-height: 320px; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
.warnings { margin: 0; padding-left: 20px; }
@media (max-width: 700px) {
  main { padding: 16px; }
  section { padding: 14px; }
  #details dl { grid-template-columns: 1fr; gap: 2px; }
}
"""

SCRIPT = """
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const panel = document.getElementById("details");
  const marks = [...document.querySelectorAll(".mark")];
  let chosen = null, pinned = false;

  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const show = (mark) => {
    if (chosen) chosen.classList.remove("chosen");
    chosen = mark;
    mark.classList.add("chosen");
    const [title, when, facts] = data.marks[mark.dataset.mark];
    const list = element("dl");
    for (const [name, text] of facts) {
      const value = element("dd");
      value.append(element("pre", data.texts[text]));
      list.append(element("dt", name), value);
    }
    panel.replaceChildren(element("h2", title), element("p", when, "when"), list);
  };
  marks.forEach((mark, number) => {
    mark.querySelector("title").remove();
    mark.addEventListener("pointerenter", () => { if (!pinned) show(mark); });
    mark.addEventListener("focus", () => show(mark));
    mark.addEventListener("click", () => { pinned = !(pinned && chosen === mark); show(mark); });
    mark.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step && marks[number + step]) { marks[number + step].focus(); event.preventDefault(); }
      if (event.key === "Escape") pinned = false;
    });
  });
  const first = marks[data.first];
  if (first) show(first);
})();
"""
