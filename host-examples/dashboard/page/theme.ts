// Light and dark, for what is painted and cannot follow CSS by itself.

const dark = matchMedia('(prefers-color-scheme: dark)');

/** Calls back whenever the colours may be others; returns how to stop that. */
export function watchTheme(changed: () => void): () => void {
  dark.addEventListener('change', changed);
  return () => dark.removeEventListener('change', changed);
}

/** Returns how the colours of the theme are read where `element` stands: the custom properties hold both, light and dark. */
export function colorsAt(element: Element): (name: string) => string {
  const probe = document.createElement('i');
  return (name) => {
    probe.style.color = `var(${name})`;
    element.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}
