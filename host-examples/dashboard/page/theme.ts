// Light and dark, for what is painted and cannot follow CSS by itself.

const dark = matchMedia('(prefers-color-scheme: dark)');

/** Calls back whenever the colours may be others; returns how to stop that. */
export function watchTheme(changed: () => void): () => void {
  dark.addEventListener('change', changed);
  return () => dark.removeEventListener('change', changed);
}
