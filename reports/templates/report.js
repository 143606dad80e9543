"use strict";
(() => {
  // A number as the cells print it: its bound, sign, digits, unit, and a spread or an interval.
  const NUMBER =
    /^([<>]?)\s*([+−-]?)(\d[\d,]*(?:\.\d+)?|\.\d+|∞)(?:\s?(?:%|°|px|ms|MB|points?))?(?:\s(?:±|to|of)\s.*)?$/;
  const DURATION = /^(?:(\d+)\s?h)?\s?(?:(\d+)\s?min)?\s?(?:([\d.]+)\s?s)?$/;
  const MISSING = "–";

  const value = (text) => {
    const time = text && DURATION.exec(text);
    if (time) return (time[1] || 0) * 3600 + (time[2] || 0) * 60 + Number(time[3] || 0);
    const [, bound, sign, digits] = NUMBER.exec(text) || [];
    if (digits === undefined) return NaN;
    const size = digits === "∞" ? Infinity : Number(digits.replaceAll(",", ""));
    const beyond = bound && size * 1e-9 * (bound === ">" ? 1 : -1);
    return (sign && sign !== "+" ? -size : size) + (beyond || 0);
  };

  // Footnotes' marks and the smaller lines beneath are no part of what a row is sorted by.
  const text = (cell) =>
    [...cell.childNodes]
      .filter((node) => !["SMALL", "SUP"].includes(node.nodeName))
      .map((node) => node.textContent)
      .join("")
      .trim();

  // What has no place in the order stays behind it, whichever way it runs.
  const ordered = (rows, column, up) => {
    const cells = rows.map((row) => {
      const words = text(row.cells[column]);
      return { row, words, number: value(words), missing: words === "" || words === MISSING };
    });
    const known = cells.filter((cell) => !cell.missing);
    const numbers = known.filter((cell) => !Number.isNaN(cell.number));
    const numeric = numbers.length > 0 && 2 * numbers.length >= known.length;
    const key = numeric ? "number" : "words";
    const placed = numeric ? numbers : known;
    const rest = cells.filter((cell) => !placed.includes(cell));
    placed.sort((a, b) => (a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : 0) * (up ? 1 : -1));
    return [...placed, ...rest].map((cell) => cell.row);
  };

  // The lowest head of each column, from left to right.
  const heads = (table) => {
    const [upper, ...lower] = [...table.tHead.rows].map((row) => [...row.cells]);
    const below = lower.flat();
    return upper.flatMap((head) =>
      head.scope === "colgroup" ? below.splice(0, head.colSpan) : [head],
    );
  };

  const NEXT = { none: "ascending", ascending: "descending", descending: "none" };

  const sortable = (table) => {
    const body = table.tBodies[0];
    const given = [...body.rows];
    const first = given.filter((row) => row.classList.contains("reference"));
    const rows = given.filter((row) => !first.includes(row));
    if (rows.length < 2) return;
    const columns = heads(table);
    columns.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.classList.add("sorts");
      head.addEventListener("click", () => {
        const order = NEXT[head.ariaSort || "none"];
        columns.forEach((other) => other.removeAttribute("aria-sort"));
        if (order === "none") return body.append(...given);
        head.setAttribute("aria-sort", order);
        return body.append(...first, ...ordered(rows, column, order === "ascending"));
      });
    });
  };

  // A figure is moved into the dialog and back: a copy would have its ids twice.
  const enlarging = (dialog) => {
    const [title, caption] = dialog.querySelectorAll("p");
    const stage = dialog.querySelector(".stage");
    let opened = null;

    const restore = () => {
      if (!opened) return;
      const { figure, plate, place } = opened;
      opened = null;
      plate.querySelector("svg").style.width = "";
      place.replaceWith(plate);
      dialog.close();
      figure.querySelector("button").focus();
    };

    // As large as it fits, never smaller than on the page; a small window scrolls.
    const fit = () => {
      if (!opened) return;
      const { plate, shown } = opened;
      const svg = plate.querySelector("svg");
      const { width, height } = svg.viewBox.baseVal;
      const wide = stage.clientWidth;
      const whole = Math.min(wide, (stage.clientHeight * width) / height);
      svg.style.width = `${Math.max(whole, shown, Math.min(1.6 * shown, Math.max(wide, 640)))}px`;
    };

    const open = (figure) => {
      const plate = figure.querySelector(".plate");
      const { width, height } = plate.getBoundingClientRect();
      const place = document.createElement("div");
      place.style.height = `${height}px`;
      opened = { figure, plate, place, shown: width };
      const said = figure.querySelector("figcaption").childNodes;
      title.textContent = said[0].textContent;
      caption.textContent = [...said]
        .filter((node) => node.nodeType === Node.TEXT_NODE)
        .map((node) => node.textContent)
        .join("")
        .trim();
      plate.replaceWith(place);
      stage.append(plate);
      dialog.showModal();
      fit();
      stage.scrollTo(0, 0);
    };

    document.querySelectorAll("figure").forEach((figure) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Open large";
      button.setAttribute("aria-haspopup", "dialog");
      button.setAttribute(
        "aria-label",
        `Open large: ${figure.querySelector("figcaption strong").textContent}`,
      );
      button.addEventListener("click", () => open(figure));
      figure.querySelector("figcaption").append(" ", button);
      const plate = figure.querySelector(".plate");
      plate.classList.add("opens");
      figure.addEventListener("click", (event) => {
        const marking = !window.getSelection().isCollapsed;
        if (!opened && !marking && plate.contains(event.target)) open(figure);
      });
    });
    dialog.querySelector("button").addEventListener("click", restore);
    dialog.addEventListener("close", restore);
    window.addEventListener("resize", fit);
    window.addEventListener("beforeprint", restore);
  };

  // Paper cannot be opened: what is folded is printed, and folded again.
  const printing = () => {
    let folded = [];
    window.addEventListener("beforeprint", () => {
      folded = [...document.querySelectorAll("details:not([open])")];
      folded.forEach((one) => one.setAttribute("open", ""));
    });
    window.addEventListener("afterprint", () => {
      folded.forEach((one) => one.removeAttribute("open"));
    });
  };

  document.querySelectorAll("table.numbers, table.words").forEach(sortable);
  enlarging(document.getElementById("large"));
  printing();
})();
