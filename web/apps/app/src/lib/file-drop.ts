/** A place on which a file can be let go; of several the first counts. */
import type { Action } from 'svelte/action';

export interface FileDropOptions {
  take: (file: File) => void;
  /** Whether something hangs over the place. */
  over: (is: boolean) => void;
}

export const fileDrop: Action<HTMLElement, FileDropOptions> = (node, initial) => {
  let options = initial;
  const hang = (event: DragEvent) => {
    // Else the browser opens the file instead.
    event.preventDefault();
    options.over(true);
  };
  const leave = () => options.over(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    options.over(false);
    const file = event.dataTransfer?.files[0];
    if (file) options.take(file);
  };
  node.addEventListener('dragover', hang);
  node.addEventListener('dragleave', leave);
  node.addEventListener('drop', drop);
  return {
    update(next) {
      options = next;
    },
    destroy() {
      node.removeEventListener('dragover', hang);
      node.removeEventListener('dragleave', leave);
      node.removeEventListener('drop', drop);
    },
  };
};
