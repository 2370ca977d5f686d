// In Node `import` and `require` share one module: one EvenhandError, one instance.
import evenhand from "./dist/index.cjs";

export const { check, checkJson, EvenhandError, explain, explainJson, newSeed, plan, planJson, reset, version } = evenhand;
