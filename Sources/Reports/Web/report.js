// Sorting, filtering, hovering and selecting; without it every table and chart is there all the same.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const tip = document.createElement("div");
  tip.id = "tip";
  const live = document.createElement("div");
  live.className = "sr";
  live.setAttribute("aria-live", "polite");
  document.body.append(tip, live);

  const show = (text, x, y) => {
    tip.textContent = text;
    tip.style.display = "block";
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.max(4, Math.min(x + 12, innerWidth - box.width - 4)) + "px";
    tip.style.top = (y + box.height + 20 > innerHeight ? y - box.height - 8 : y + 14) + "px";
  };
  const hide = () => { tip.style.display = "none"; };

  // A row and the marks that show it share a key.
  const select = (key, scroll) => {
    const was = document.querySelector("tr.on");
    const again = was && was.dataset.key === key;
    all(".on").forEach((element) => element.classList.remove("on"));
    if (again || !key) return;
    all(`[data-key="${CSS.escape(key)}"]`).forEach((element) => element.classList.add("on"));
    const row = document.querySelector(`tr[data-key="${CSS.escape(key)}"]`);
    if (scroll && row) row.scrollIntoView({ block: "nearest" });
  };

  for (const table of all("table")) {
    const body = table.tBodies[0];
    all("thead th", table).forEach((head, column) => {
      const button = head.querySelector("button");
      if (!button) return;
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        all("thead th", table).forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const value = (row) => row.cells[column].dataset.v ?? row.cells[column].textContent;
        const numeric = head.classList.contains("n");
        const rows = [...body.rows].map((row, place) => ({ row, place, v: value(row) }));
        rows.sort((x, y) => {
          if (x.v === "" || y.v === "") return (x.v === "") - (y.v === "") || x.place - y.place;
          const order = numeric ? Number(x.v) - Number(y.v) : x.v.localeCompare(y.v);
          return (down ? -order : order) || x.place - y.place;
        });
        body.append(...rows.map((entry) => entry.row));
      });
    });
    for (const row of body.rows) {
      if (!row.dataset.key) continue;
      row.tabIndex = 0;
      row.addEventListener("click", () => select(row.dataset.key, false));
      row.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        select(row.dataset.key, false);
      });
    }
    const filter = table.closest("figure")?.querySelector(".filter input");
    if (filter) {
      filter.addEventListener("input", () => {
        const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
        let shown = 0;
        for (const row of body.rows) {
          const text = row.textContent.toLowerCase();
          row.hidden = !words.every((word) => text.includes(word));
          if (!row.hidden) shown += 1;
        }
        live.textContent = `${shown} rows`;
      });
    }
  }

  for (const chart of all("svg.chart")) {
    const marks = all("[data-tip]", chart);
    let at = -1;
    for (const mark of marks) {
      mark.addEventListener("mousemove", (event) => show(mark.dataset.tip, event.clientX, event.clientY));
      mark.addEventListener("mouseleave", hide);
      mark.addEventListener("click", () => select(mark.dataset.key, true));
    }
    // Arrow keys walk along the marks, Enter selects.
    chart.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step && marks.length) {
        at = Math.max(0, Math.min(marks.length - 1, at + step));
        const box = marks[at].getBoundingClientRect();
        show(marks[at].dataset.tip, box.x + box.width / 2, box.y);
        live.textContent = marks[at].dataset.tip;
      } else if (event.key === "Enter" && at >= 0) {
        select(marks[at].dataset.key, true);
      } else if (event.key === "Escape") {
        hide();
        select("", false);
      } else {
        return;
      }
      event.preventDefault();
    });
    chart.addEventListener("blur", hide);
  }
})();
