// The colours of the theme, for what is painted and cannot follow CSS by itself.

import { inject, shallowRef, type InjectionKey, type ShallowRef } from 'vue';

const PAINTED = ['--surface', '--text', '--muted', '--line', '--there', '--lane-a', '--lane-a-soft', '--lane-b'] as const;

export type Colors = Readonly<Record<(typeof PAINTED)[number], string>>;

/** Returns the colour of a lane by its place: 0 is A, 1 is B. */
export const laneColor = (colors: Colors, lane: number) => colors[lane === 0 ? '--lane-a' : '--lane-b'];

export const COLORS: InjectionKey<ShallowRef<Colors>> = Symbol('colors');

/** Returns the colours of the desk that a component is part of, another object whenever one of them is another. */
export function useColors(): ShallowRef<Colors> {
  return inject(COLORS)!;
}

/**
 * Reads the colours that hold in `root`, now and whenever they change: by the system, by `color-scheme` of the page
 * around, or by a custom property. No event tells of the last two; a transition of what has the colour does.
 */
export function colorsIn(root: ShadowRoot): ShallowRef<Colors> {
  const palette = document.createElement('div');
  palette.className = 'palette';
  const probes = PAINTED.map((name) => {
    const probe = document.createElement('i');
    probe.style.color = `var(${name})`;
    palette.append(probe);
    return [name, probe] as const;
  });
  root.append(palette);
  const read = () => Object.fromEntries(probes.map(([name, probe]) => [name, getComputedStyle(probe).color])) as Colors;
  const colors = shallowRef(read());
  const look = () => {
    const now = read();
    if (PAINTED.some((name) => now[name] !== colors.value[name])) colors.value = now;
  };
  palette.addEventListener('transitionend', look);
  // Where the desk is hidden nothing has a transition.
  new ResizeObserver(look).observe(palette);
  return colors;
}
