// What every environment is asked, from the cases whose answers were written by hand.
import { readFileSync } from "node:fs";

const read = (name) => JSON.parse(readFileSync(new URL(`../../tests/cases/${name}.json`, import.meta.url), "utf8"));

/** A snapshot with an id of every kind, and one with every field of the wire. */
export const planned = ["ids/ids-are-opaque", "shape/every-field-of-the-wire"].map((name) => {
  const { snapshot, plan } = read(name);
  return { snapshot, plan: JSON.stringify(plan) };
});

/** A snapshot that is refused. */
export const refused = (() => {
  const { snapshot, error } = read("shape/capacity-null");
  return { snapshot, error };
})();

/** Each as text, and as what a program of the README then shows. */
export const questions = [
  ...planned.map(({ snapshot, plan }) => ({ text: JSON.stringify(snapshot), shown: plan })),
  { text: JSON.stringify(refused.snapshot), shown: `${refused.error.code} at ${refused.error.path}` },
];
