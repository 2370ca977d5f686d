// The package `evenhand`, whose every plan is checked before its caller sees it.
const real = await import(new URL(import.meta.url).searchParams.get("package"));

export const { check, checkJson, EvenhandError, explain, explainJson, newSeed, reset, version } = real;

export const plan = (snapshot) => sound(real.plan(snapshot), (plan) => check(snapshot, plan));
export const planJson = (snapshot) => sound(real.planJson(snapshot), (plan) => JSON.parse(checkJson(snapshot, plan)));

function sound(plan, check) {
  const found = check(plan);
  if (found.length > 0) {
    console.error("evenhand: the plan is not sound", found);
    // No handler of the host's may take it for one of its own errors.
    process.exit(70);
  }
  return plan;
}
