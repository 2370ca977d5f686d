// What need not be looked at with every frame.

import { computed, onBeforeUnmount, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue';

/** Returns what `source` holds, at most so many milliseconds late, and in return changed seldom. */
export function useSeldom<T>(source: Readonly<Ref<T>>, milliseconds: number): ShallowRef<T> {
  const copy = shallowRef(source.value);
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(source, () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      copy.value = source.value;
    }, milliseconds);
  });
  onBeforeUnmount(() => clearTimeout(timer));
  return copy;
}

/** Returns a list that is another one only when something in it is. */
export function useSteady<L extends readonly unknown[]>(list: () => L): ComputedRef<L> {
  return computed<L>((before) => {
    const now = list();
    return before?.length === now.length && now.every((one, i) => one === before[i]) ? before : now;
  });
}
