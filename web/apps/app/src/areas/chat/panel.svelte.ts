/** Whether the info panel is open: remembered where it stands beside, for the moment where it lies over. */
import { narrow } from './narrow.svelte.ts';

const KEY = 'waggle.info';

function stored(): boolean {
  try {
    return localStorage.getItem(KEY) !== 'closed';
  } catch {
    return true;
  }
}

class Panel {
  #beside = $state(stored());
  #over = $state(false);

  get shown(): boolean {
    return narrow.layered ? this.#over : this.#beside;
  }

  toggle(): void {
    this.set(!this.shown);
  }

  set(open: boolean): void {
    if (narrow.layered) {
      this.#over = open;
      return;
    }
    this.#beside = open;
    try {
      localStorage.setItem(KEY, open ? 'open' : 'closed');
    } catch {
      // Lasts as long as the page.
    }
  }
}

export const panel = new Panel();
