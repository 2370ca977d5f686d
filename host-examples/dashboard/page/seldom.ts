import { onBeforeUnmount, shallowRef, watch, type Ref, type ShallowRef } from 'vue';

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
