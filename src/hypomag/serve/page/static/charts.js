// Charts by the vendored Vega-Lite, read by its interpreter so that no text ever becomes code.
"use strict";

const DARK = {
  "#1f2933": "#e7edf2", "#66727f": "#a5b3bf", "#e4e8ec": "#2f3b46", "#2f6690": "#84c5e8",
  "#d98e04": "#f0c469", "#b3361e": "#ff9d8d", "#4c8c5b": "#8ad3a4", "#b8c1ca": "#5b6a77",
};
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const drawn = new Map(); // element -> the specification it shows, to be drawn again in other colours or for paper

function config(element) {
  const style = getComputedStyle(document.documentElement);
  const [ink, faint, line] = ["--ink", "--faint", "--line"].map((name) => style.getPropertyValue(name).trim());
  return {
    font: getComputedStyle(element).fontFamily, background: null, view: { stroke: null },
    axis: {
      labelColor: faint, titleColor: faint, titleFontWeight: "normal", labelFontSize: 12, titleFontSize: 12,
      gridColor: line, domainColor: line, tickColor: line,
    },
    legend: { labelColor: ink, labelFontSize: 12, orient: "top", columns: 0, labelLimit: 340, symbolSize: 260, symbolStrokeWidth: 2 },
    title: { color: ink, fontSize: 13, anchor: "start", limit: Math.max(160, element.clientWidth - 20) },
  };
}

async function draw(element, spec, paper = false) {
  drawn.set(element, spec);
  const wide = element.clientWidth;
  if (spec.hconcat && wide < 720) spec = { ...spec, hconcat: undefined, vconcat: spec.hconcat };
  const single = !spec.hconcat && !spec.vconcat;
  let text = JSON.stringify(spec);
  if (dark.matches && !paper) text = text.replace(/#[0-9a-f]{6}/g, (colour) => DARK[colour] ?? colour);
  const compiled = vegaLite.compile(JSON.parse(text), { config: config(element) }).spec;
  if (single) compiled.autosize = { type: "fit-x", contains: "padding" };
  const view = new vega.View(vega.parse(compiled, null, { ast: true }), {
    expr: vegaInterpreter.expressionInterpreter, renderer: "none", loader: nothing,
  });
  if (wide && single) view.width(wide);
  const svg = await view.toSVG();
  view.finalize();
  put(element, svg, single);
}

// The chart is put in as one parsed picture, never as markup of ours: what it names is text.
function put(element, svg, single) {
  const picture = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  picture.removeAttribute("style");
  picture.setAttribute("class", single ? "fits" : "keeps");
  picture.setAttribute("aria-hidden", "true");
  element.replaceChildren(document.importNode(picture, true));
}

// A chart loads nothing.
const nothing = { load: () => Promise.reject(new Error("charts load nothing")), sanitize: () => Promise.reject(new Error("no links")) };

for (const element of document.querySelectorAll("[data-spec]")) draw(element, JSON.parse(element.dataset.spec));

dark.addEventListener("change", () => drawn.forEach((spec, element) => draw(element, spec)));
addEventListener("beforeprint", () => drawn.forEach((spec, element) => draw(element, spec, true)));
addEventListener("afterprint", () => drawn.forEach((spec, element) => draw(element, spec)));
let settled;
addEventListener("resize", () => {
  clearTimeout(settled);
  settled = setTimeout(() => drawn.forEach((spec, element) => draw(element, spec)), 150);
});

// ---- the fan of one patient ----

function cell(tag, text, kind) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

function row(table, values) {
  const made = table.tBodies[0].insertRow();
  values.forEach((value, n) => {
    const head = n === 0;
    const made_cell = cell(head ? "th" : "td", typeof value === "number" ? String(Number(value.toPrecision(3))) : value, typeof value === "number" ? "n" : "");
    if (head) made_cell.scope = "row";
    made.append(made_cell);
  });
}

// The record goes along once; then the key under which the server holds its draws for some minutes does.
async function ask(address, form) {
  const fields = new FormData(form);
  for (const slider of form.querySelectorAll("[data-unset]")) fields.delete(slider.name);
  if (form.dataset.held) {
    for (const part of form.querySelectorAll("input[type=hidden]:not([name=unit]), textarea")) fields.delete(part.name);
    fields.set("held", form.dataset.held);
  }
  const reply = await fetch(address, { method: "POST", body: new URLSearchParams(fields) });
  if (reply.status === 410 && form.dataset.held) {
    delete form.dataset.held;
    return ask(address, form);
  }
  const told = await reply.json();
  if (told.held) form.dataset.held = told.held;
  return told;
}

for (const form of document.querySelectorAll("form[data-fan]")) {
  const chart = document.getElementById("fan"), says = document.getElementById("fan-says");
  const table = document.getElementById("fan-table"), assumed = document.getElementById("fan-assumed");
  let waiting = false, running = false;

  function stand() {
    for (const output of form.querySelectorAll("output")) {
      const slider = document.getElementById(output.htmlFor.value);
      output.textContent = slider.dataset.unset === undefined ? slider.value : "";
    }
    const route = form.elements.route.value;
    for (const part of form.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(route);
  }

  async function show(told) {
    chart.hidden = false;
    await draw(chart, told.spec);
    says.replaceChildren(...told.says.map((text) => cell("p", text)));
    for (const fault of told.beyond) says.append(cell("p", `■ Beyond a ceiling: ${fault}.`, "beyond"));
    table.tBodies[0].replaceChildren();
    for (const r of told.table) row(table, [r.plan, r.day, r.q5, r.q25, r.q50, r.q75, r.q95]);
    assumed.replaceChildren(...told.assumed.map((text) => cell("li", text)));
  }

  function none(why) {
    says.replaceChildren(cell("p", `No forecast: ${why}`));
    drawn.delete(chart);
    chart.replaceChildren();
    chart.hidden = true;
  }

  async function redraw() {
    if (running) { waiting = true; return; }
    running = true;
    do {
      waiting = false;
      const told = await ask("/forecast", form);
      if (told.refusal) none(told.refusal);
      else await show(told);
      form.dataset.drawn = String(Number(form.dataset.drawn ?? 0) + 1);
    } while (waiting);
    running = false;
  }

  form.addEventListener("input", (event) => {
    delete event.target.dataset.unset;
    stand();
    redraw();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  stand();
  redraw();

  document.querySelector("[data-compare]")?.addEventListener("click", async () => {
    const told = await ask("/plans", form);
    const chart = document.getElementById("plans-chart"), table = document.getElementById("plans-table");
    if (told.refusal) { says.append(cell("p", told.refusal)); return; }
    chart.hidden = table.hidden = false;
    await draw(chart, told.spec);
    table.querySelector("caption span").textContent = told.days;
    table.tBodies[0].replaceChildren();
    const share = (x) => `${Math.round(100 * x)} %`, hours = (x) => (x === null ? "not within the time shown" : x < 48 ? `after ${x} h` : `after ${(x / 24).toFixed(1)} days`);
    for (const r of told.table) row(table, [r.plan, share(r.in_range), share(r.above_safety), r.peak, hours(r.to_range), r.measure_at ? hours(r.measure_at) : "–"]);
  });
}

for (const form of document.querySelectorAll("form[data-day]")) {
  const [slider, said, picture] = [form.elements.day, form.querySelector("output"), document.getElementById("picture")];
  let asked = 0;
  slider.addEventListener("input", async () => {
    said.textContent = slider.value;
    const mine = ++asked;
    const reply = await fetch(`/teacher/picture?${new URLSearchParams(new FormData(form))}`);
    const text = await reply.text();
    if (mine !== asked || !reply.ok) return;
    const open = picture.querySelector("details.numbers")?.open;
    picture.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
    if (open) picture.querySelector("details.numbers").open = true;
  });
}
