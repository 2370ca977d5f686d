// The plans of `tests/check/`, for the tests of the doors that check in JavaScript.
import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("../check/", import.meta.url);

/** Each plan as it is and in every way in which it is broken, with what is wrong with it. */
export const broken = readdirSync(folder).flatMap((file) => {
  const { snapshot, plan, broken } = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
  const others = broken.map(({ rule, change, violations }) => {
    const changed = structuredClone(plan);
    for (const one of change) put(changed, one);
    return { name: `${file}: ${rule}`, snapshot, plan: changed, violations };
  });
  return [{ name: file, snapshot, plan, violations: [] }, ...others];
});

/** Puts a value where a JSON Pointer says, or takes out what is there. */
function put(plan, [pointer, ...value]) {
  const names = pointer.split("/").slice(1);
  const last = names.pop();
  const parent = names.reduce((at, name) => at[name], plan);
  if (value.length > 0) parent[last] = value[0];
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
}
