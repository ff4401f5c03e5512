// Every conversion that knowledge/facts/units.csv makes, as @lhncbc/ucum-lhc makes it: tests/units/ucum.tsv.
//
//   cd "$(mktemp -d)" && npm install @lhncbc/ucum-lhc@7.1.10
//   NODE_PATH="$PWD/node_modules" node CHECKOUT/accept/ucum.mjs > CHECKOUT/tests/units/ucum.tsv
//
// The molar masses here are typed from tables of atomic weights, apart from those in the knowledge.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const require = createRequire(join(process.env.NODE_PATH, "here.js"));
const utils = require("@lhncbc/ucum-lhc").UcumLhcUtils.getInstance();
const version = require("@lhncbc/ucum-lhc/package.json").version;

const SUBSTANCES = [
  // name begins with, g/mol, charge
  ["magnesium", 24.305, 2], ["calcium", 40.078, 2], ["phosphate", 30.973762, null], ["creatinine", 113.12, null],
  ["glucose", 180.156, null], ["uric_acid", 168.11, null], ["urea", 28.014, null], ["potassium", 39.098, 1],
  ["sodium", 22.99, 1], ["chloride", 35.45, 1], ["bicarbonate", 61.017, 1], ["anion_gap", 1, 1], ["lactate", 90.08, null],
  ["pth", 9430, null], ["vitamin_d", 400.64, null], ["digoxin", 780.924, null], ["ethanol", 46.068, null],
];
const code = (unit) => unit.replace("/24h", "/(24.h)");
const rows = (file) => readFileSync(new URL(`../src/hypomag/knowledge/${file}`, import.meta.url), "utf-8")
  .split(/\r?\n/).filter((line) => line && !line.startsWith("#")).slice(1).map((line) => line.split(","));

const units = new Map();
for (const [analyte, unit] of rows("facts/units.csv")) units.set(analyte, [...(units.get(analyte) ?? []), unit]);
console.log(`# 1 of \`from\` is \`factor\` of \`to\`, by @lhncbc/ucum-lhc ${version} (accept/ucum.mjs); empty where it refuses.`);
console.log(["analyte", "from", "to", "molar_mass", "charge", "factor"].join("\t"));
for (const [analyte, all] of units) {
  const [, molecularWeight, charge] = SUBSTANCES.find(([name]) => analyte.startsWith(name)) ?? [null, null, null];
  for (const from of all) for (const to of all) {
    if (from === to) continue;
    const made = utils.convertUnitTo(code(from), 1, code(to), { molecularWeight, charge });
    console.log([analyte, from, to, molecularWeight ?? "", charge ?? "", made.toVal ?? ""].join("\t"));
  }
}
