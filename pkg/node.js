// In Node `import` and `require` share one module: one EvenhandError, one instance.
import evenhand from "./dist/index.cjs";

export const { EvenhandError, explain, explainJson, newSeed, plan, planJson, version } = evenhand;
