"use strict";
(() => {
  const data = JSON.parse(document.getElementById("castlist-data").textContent);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  const spoken = byId("spoken");

  // The pictures of pairs are those of the cards: taken from there, so that the page holds each one once.
  const pictures = new Map(all("[data-picture]").map((image) => [Number(image.dataset.picture), image]));
  for (const image of all("[data-again]")) image.src = pictures.get(Number(image.dataset.again)).src;

  // Explanations: one small box for whatever is pointed at.
  const tip = byId("tip");
  for (const title of all("svg title")) title.remove();
  function showTip(text, x, y) {
    tip.textContent = text;
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(8, Math.min(x - box.width / 2, innerWidth - box.width - 8))}px`;
    tip.style.top = `${y - box.height - 12 > 4 ? y - box.height - 12 : y + 20}px`;
  }
  function tipAbove(target) {
    const box = target.getBoundingClientRect();
    showTip(target.dataset.tip, box.left + box.width / 2, box.top);
  }
  const hideTip = () => { tip.hidden = true; };
  const tipped = (element) => (element && element.closest ? element.closest("[data-tip]") : null);
  document.addEventListener("pointermove", (event) => {
    const target = tipped(event.target);
    if (target) showTip(target.dataset.tip, event.clientX, event.clientY);
    else hideTip();
  });
  document.addEventListener("focusin", (event) => {
    const target = tipped(event.target);
    if (target) tipAbove(target);
    else hideTip();
  });
  addEventListener("scroll", () => {
    const target = tipped(document.activeElement);
    if (target) tipAbove(target);
    else hideTip();
  }, { passive: true });

  // Motion: a paused picture is its first frame on a canvas.
  const motion = byId("motion");
  function freeze(image) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 256;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", image.alt);
    const draw = () => canvas.getContext("2d").drawImage(image, 0, 0, 256, 256);
    if (image.complete) draw();
    else image.addEventListener("load", draw, { once: true });
    image.after(canvas);
    image.hidden = true;
    image.loading = "eager";
  }
  function setPaused(paused) {
    for (const canvas of all(".stage canvas")) canvas.remove();
    for (const image of all(".stage img")) {
      image.hidden = false;
      if (paused) freeze(image);
    }
    motion.setAttribute("aria-pressed", String(paused));
    motion.textContent = paused ? "Play pictures" : "Pause pictures";
  }
  const isPaused = () => Boolean(motion) && motion.getAttribute("aria-pressed") === "true";
  if (motion && pictures.size) {
    motion.hidden = false;
    motion.addEventListener("click", () => setPaused(!isPaused()));
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) setPaused(true);
  }

  // Timeline: one tab stop; arrows move between intervals and persons.
  const chart = byId("chart");
  if (chart) {
    const list = chart.querySelector("ol");
    const bars = (row) => all("rect:not(.filled)", row);
    const rows = () => [...list.children].filter((row) => bars(row).length);
    for (const bar of bars(list)) bar.setAttribute("tabindex", "-1");
    if (bars(list)[0]) bars(list)[0].setAttribute("tabindex", "0");
    const go = (bar) => {
      for (const old of all("rect[tabindex='0']", list)) old.setAttribute("tabindex", "-1");
      bar.setAttribute("tabindex", "0");
      bar.focus();
    };
    list.addEventListener("keydown", (event) => {
      const row = event.target.closest("li");
      if (event.target.tagName !== "rect" || !row) return;
      const inRow = bars(row);
      const place = inRow.indexOf(event.target);
      const persons = rows();
      const person = persons.indexOf(row);
      const next = {
        ArrowRight: () => inRow[place + 1], ArrowLeft: () => inRow[place - 1],
        ArrowDown: () => persons[person + 1] && bars(persons[person + 1])[0],
        ArrowUp: () => persons[person - 1] && bars(persons[person - 1])[0],
        Home: () => bars(persons[0])[0], End: () => bars(persons[persons.length - 1])[0],
      }[event.key];
      if (!next) return;
      event.preventDefault();
      if (next()) go(next());
    });
    const order = byId("order");
    order.hidden = false;
    order.addEventListener("click", (event) => {
      const key = event.target.dataset.order;
      if (!key) return;
      list.append(...[...list.children].sort((a, b) => a.dataset[key] - b.dataset[key] || a.dataset.rank - b.dataset.rank));
      for (const button of all("button", order)) button.setAttribute("aria-pressed", String(button === event.target));
    });
  }

  // Similarity: point or arrow to a cell, see the pair.
  const heat = byId("heat");
  if (heat) {
    const { ids, permille, kinds, threshold } = data.similarity;
    const { names } = data;
    const count = ids.length;
    const here = byId("heat-here");
    const readout = byId("readout");
    let cell = null;
    const similarity = (row, column) => {
      const [low, high] = row < column ? [row, column] : [column, row];
      return permille[low * count - (low * (low + 1)) / 2 + high - low - 1];
    };
    const kindOf = (row, column) => kinds[`${Math.min(ids[row], ids[column])}-${Math.max(ids[row], ids[column])}`];
    const verdicts = {
      recommended: "Likely the same human being; recommended for merging.",
      near: "Unsure: just below the threshold for a recommendation.",
      vetoed: "Alike, but on screen at the same time: two people.",
    };
    function verdict(row, column, value) {
      const kind = kindOf(row, column);
      if (kind) return verdicts[kind];
      if (value === null) return "Not comparable.";
      return value >= threshold * 1000 ? "As alike as a recommendation takes." : value >= 500 ? "Somewhat alike." : "Different people, by their looks.";
    }
    function picture(id) {
      const stage = document.createElement("span");
      stage.className = "stage";
      const known = pictures.get(id);
      if (known) {
        const image = new Image(256, 256);
        image.src = known.src;
        image.alt = names[id];
        stage.append(image);
        if (isPaused()) freeze(image);
      } else {
        const blank = document.createElement("span");
        blank.className = "blank";
        blank.textContent = "No picture";
        stage.append(blank);
      }
      return stage;
    }
    function paragraph(text, tag) {
      const line = document.createElement("p");
      const inner = tag ? line.appendChild(document.createElement(tag)) : line;
      inner.textContent = text;
      return line;
    }
    function show(row, column) {
      if (cell && cell[0] === row && cell[1] === column) return;
      cell = [row, column];
      here.setAttribute("x", `${(column / count) * 100}%`);
      here.setAttribute("y", `${(row / count) * 100}%`);
      here.setAttribute("visibility", "visible");
      const [one, other] = [ids[row], ids[column]].sort((a, b) => a - b);
      const two = document.createElement("div");
      two.className = "two";
      if (row === column) {
        two.append(picture(ids[row]));
        readout.replaceChildren(two, paragraph(names[ids[row]], "b"), paragraph("A person is 100 % like itself."));
      } else {
        const value = similarity(row, column);
        const head = `${names[one]} & ${names[other]}: ${value === null ? "unknown" : `${(value / 10).toFixed(1)} % similar`}`;
        two.append(picture(one), picture(other));
        readout.replaceChildren(two, paragraph(head, "b"), paragraph(verdict(row, column, value)));
      }
      if (document.activeElement === heat) spoken.textContent = all("p", readout).map((line) => line.textContent).join(". ");
    }
    // To begin with: the recommended pair that is most alike, or whichever pair is.
    function mostAlike() {
      let best = [0, 1, -Infinity];
      for (let row = 0; row < count; row += 1) {
        for (let column = row + 1; column < count; column += 1) {
          const kind = kindOf(row, column);
          const value = (similarity(row, column) ?? -2000) + (kind === "recommended" ? 5000 : 0);
          if (value > best[2]) best = [row, column, value];
        }
      }
      return best;
    }
    const clamp = (index) => Math.max(0, Math.min(count - 1, index));
    const point = (event) => {
      const box = heat.getBoundingClientRect();
      show(clamp(Math.floor(((event.clientY - box.top) / box.height) * count)), clamp(Math.floor(((event.clientX - box.left) / box.width) * count)));
    };
    heat.addEventListener("pointermove", point);
    heat.addEventListener("pointerdown", point);
    readout.hidden = false;
    show(...mostAlike());
    heat.addEventListener("keydown", (event) => {
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!step || !cell) return;
      event.preventDefault();
      show(clamp(cell[0] + step[0]), clamp(cell[1] + step[1]));
    });
  }

  // Commands: FOLDER is what the reader says, to begin with the folder in which this page lies.
  const place = byId("place");
  if (place) {
    const quoted = (text) => (/^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
    const fill = () => {
      for (const spot of all("[data-place]")) spot.textContent = place.value.trim() ? quoted(place.value.trim()) : "FOLDER";
    };
    const folder = location.protocol === "file:" ? decodeURIComponent(location.pathname).replace(/\/[^/]*$/, "") : "";
    place.value = folder.replace(/^\/(?=[A-Za-z]:)/, "");
    byId("place-label").hidden = false;
    place.addEventListener("input", fill);
    fill();
  }
  async function copy(button) {
    const code = button.parentElement.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
      spoken.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code); // the browser forbids it: the reader copies what is selected
      spoken.textContent = "Selected, copy it with the keyboard";
    }
    button.textContent = spoken.textContent.split(",")[0];
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  }
  for (const button of all("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }

  // A link into folded cards unfolds them.
  function unfold() {
    const target = location.hash.length > 1 && byId(location.hash.slice(1));
    const folded = target && target.closest("details.rest");
    if (!folded || folded.open) return;
    folded.open = true;
    target.scrollIntoView();
  }
  addEventListener("hashchange", unfold);
  unfold();

  // On a small screen the details of scores start folded.
  if (innerWidth < 560) for (const part of all(".card details")) part.open = false;

  // Print all pairs and intervals, also what is folded.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("section > details:not([open])");
    for (const part of folded) part.open = true;
  });
  addEventListener("afterprint", () => { for (const part of folded) part.open = false; });
  document.documentElement.dataset.ready = "yes";
})();
