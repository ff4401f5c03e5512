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
    title: { color: ink, fontSize: 13, anchor: "start" },
  };
}

async function draw(element, spec, paper = false) {
  drawn.set(element, spec);
  let text = JSON.stringify(spec);
  if (dark.matches && !paper) text = text.replace(/#[0-9a-f]{6}/g, (colour) => DARK[colour] ?? colour);
  const compiled = vegaLite.compile(JSON.parse(text), { config: config(element) }).spec;
  compiled.autosize = { type: "fit-x", contains: "padding" };
  const view = new vega.View(vega.parse(compiled, null, { ast: true }), {
    expr: vegaInterpreter.expressionInterpreter, renderer: "none", loader: nothing,
  });
  const wide = element.clientWidth;
  if (wide && !spec.hconcat) view.width(wide);
  const svg = await view.toSVG();
  view.finalize();
  put(element, svg);
}

// The chart is put in as one parsed picture, never as markup of ours: what it names is text.
function put(element, svg) {
  const picture = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  picture.removeAttribute("style");
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
