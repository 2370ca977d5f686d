// Puts `evenhand.mjs` of this folder before the package, wherever the package is imported by its name.
const own = new URL("evenhand.mjs", import.meta.url).href;

export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  if (specifier !== "evenhand" || context.parentURL?.startsWith(own)) return found;
  return { url: `${own}?package=${encodeURIComponent(found.url)}`, format: "module", shortCircuit: true };
}
