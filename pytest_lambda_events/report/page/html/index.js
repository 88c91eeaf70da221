(() => {
  const rows = [...document.querySelectorAll("tbody tr")];
  const boxes = [...document.querySelectorAll("input[type=checkbox]")];
  const search = document.getElementById("search"), none = document.getElementById("none");
  const filter = () => {
    const outcomes = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const text = search.value.toLowerCase();
    for (const row of rows)
      row.hidden = !(outcomes.has(row.dataset.outcome) && row.textContent.toLowerCase().includes(text));
    if (none) none.hidden = rows.some((row) => !row.hidden);
  };
  for (const input of [...boxes, search]) input.addEventListener("input", filter);
  filter();
})();
