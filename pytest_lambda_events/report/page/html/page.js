(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const panel = document.getElementById("details");
  const marks = [...document.querySelectorAll(".mark")];

  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const tip = element("div", "", "tip-text");
  tip.setAttribute("role", "tooltip");
  tip.id = "tip-text";
  const hideTip = () => tip.remove();
  const showTip = (target) => {
    tip.textContent = target.dataset.whole;
    document.body.append(tip);
    const place = target.getBoundingClientRect(), size = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(place.left, innerWidth - size.width - 8))}px`;
    tip.style.top = `${place.top > size.height + 8 ? place.top - size.height - 4 : place.bottom + 4}px`;
  };
  const connect = (button) => {
    const whole = button.dataset.whole;
    button.removeAttribute("title");
    button.setAttribute("aria-label", `${button.textContent}: ${whole}`);
    for (const name of ["pointerenter", "focus"]) button.addEventListener(name, () => showTip(button));
    for (const name of ["pointerleave", "blur"]) button.addEventListener(name, hideTip);
    button.addEventListener("click", async () => {
      if (!navigator.clipboard) return;
      await navigator.clipboard.writeText(whole);
      tip.textContent = `Copied: ${whole}`;
    });
    return button;
  };
  const label = (text, whole, tone) => {
    const button = element("button", text, `whole ${tone}`);
    button.type = "button";
    button.dataset.whole = whole;
    return connect(button);
  };
  const piece = (found) => {
    if (typeof found === "string") return found;
    const [text, whole, tone] = found;
    return whole ? label(text, whole, tone) : element("span", text, tone);
  };

  const factOf = ([name, text, isFolded]) => {
    const value = element("dd"), content = element("pre");
    content.append(...data.texts[text].map(piece));
    if (isFolded) {
      const folded = element("details");
      folded.append(element("summary", "Show"), content);
      value.append(folded);
    } else value.append(content);
    return [element("dt", name), value];
  };

  const scrollTo = (mark) => {
    const chart = mark.closest(".chart"), box = mark.getBoundingClientRect(), view = chart.getBoundingClientRect();
    const names = chart.querySelector(".names").offsetWidth, axis = chart.querySelector(".axis").offsetHeight;
    if (box.left < view.left + names || box.right > view.right - 160)
      chart.scrollLeft += (box.left + box.right - view.left - names - view.right) / 2;
    if (box.top < view.top + axis || box.bottom > view.bottom)
      chart.scrollTop += (box.top + box.bottom - view.top - axis - view.bottom) / 2;
  };
  const select = (mark) => {
    for (const other of marks) {
      other.classList.toggle("selected", other === mark);
      other.tabIndex = other === mark ? 0 : -1;
      other.setAttribute("aria-pressed", other === mark);
    }
    hideTip();
    const shown = data.marks[mark.dataset.mark], list = element("dl");
    list.append(...shown.facts.flatMap(factOf));
    panel.replaceChildren(element("h2", shown.title), element("p", shown.when, "when"), list);
    panel.scrollTop = 0;
    scrollTo(mark);
  };

  const center = (mark) => [mark.offsetLeft + mark.offsetWidth / 2, mark.offsetTop + mark.offsetHeight / 2];
  const nearest = (mark, direction) => {
    const [x, y] = center(mark);
    const cost = (other) => {
      const [otherX, otherY] = center(other);
      return Math.abs(otherY - y) * 10000 + Math.abs(otherX - x);
    };
    const near = marks.filter((other) => other.parentElement === mark.parentElement);
    const there = near.filter((other) => (center(other)[1] - y) * direction > 4);
    return there.sort((one, other) => cost(one) - cost(other))[0];
  };
  const target = (mark, key) => {
    const number = marks.indexOf(mark);
    switch (key) {
      case "ArrowRight": return marks[number + 1];
      case "ArrowLeft": return marks[number - 1];
      case "ArrowDown": return nearest(mark, 1);
      case "ArrowUp": return nearest(mark, -1);
      case "Home": return marks[0];
      case "End": return marks[marks.length - 1];
    }
  };
  for (const mark of marks) {
    mark.addEventListener("focus", () => select(mark));
    mark.addEventListener("click", () => mark.focus({ preventScroll: true }));
    mark.addEventListener("keydown", (event) => {
      const next = target(mark, event.key);
      if (next) { next.focus({ preventScroll: true }); next.scrollIntoView({ block: "nearest", inline: "nearest" }); select(next); }
      if (next || event.key.startsWith("Arrow")) event.preventDefault();
    });
  }
  document.querySelectorAll(".whole").forEach(connect);
  addEventListener("keydown", (event) => { if (event.key === "Escape") hideTip(); });
  if (marks[data.first]) select(marks[data.first]);
})();
