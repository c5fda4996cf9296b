/** How much room there is, as state: for what must be another element rather than another style. */
import { MediaQuery } from 'svelte/reactivity';

const phone = new MediaQuery('(width < 760px)', false);
const layered = new MediaQuery('(width < 1360px)', false);
const touch = new MediaQuery('(pointer: coarse)', false);

export const narrow = {
  /** One pane at a time. */
  get phone(): boolean {
    return phone.current;
  },
  /** The info panel lies over the conversation instead of beside it. */
  get layered(): boolean {
    return layered.current;
  },
  get touch(): boolean {
    return touch.current;
  },
};
