// Files, from wherever somebody has them: dropped on the desk, folders included, or chosen.

import { fromEvent } from 'file-selector';
import { ref, type Ref } from 'vue';
import { useOwn } from './own.ts';

/** Returns the files of an event; of a folder all that is in it, without what systems hide there. */
export async function filesOf(event: Event): Promise<File[]> {
  return (await fromEvent(event)).filter((one): one is Awaited<ReturnType<typeof fromEvent>>[number] & File => one instanceof File && !one.name.startsWith('.'));
}

export interface Drop {
  /** Whether files are over the desk. */
  over: Ref<boolean>;
  on: { dragover: (event: DragEvent) => void; dragleave: (event: DragEvent) => void; drop: (event: DragEvent) => void };
}

/** What an element needs that takes files. */
export function useDrop(): Drop {
  const own = useOwn();
  const over = ref(false);
  const files = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  return {
    over,
    on: {
      dragover(event) {
        if (!files(event)) return;
        event.preventDefault();
        over.value = true;
      },
      dragleave(event) {
        if (!(event.currentTarget as Node).contains(event.relatedTarget as Node | null)) over.value = false;
      },
      async drop(event) {
        if (!files(event)) return;
        event.preventDefault();
        over.value = false;
        const list = await filesOf(event);
        if (list.length > 0) await own.openFiles(list);
      },
    },
  };
}
