/**
 * Holding a finger on something for half a second is its right click. What opens does so when the finger is lifted, or
 * the same finger would press whatever comes up under it.
 */
import type { Action } from 'svelte/action';

const HOLD_MS = 500;
const MOVE_PX = 10;

export interface PressOptions {
  run: () => void;
  /** The right mouse button and the menu key, too; else the browser's own menu stays (for text to copy). */
  mouse?: boolean;
}

export const longPress: Action<HTMLElement, PressOptions> = (node, initial) => {
  let options = initial;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let start: { x: number; y: number } | undefined;
  let touching = false;
  let held = false;
  // Nothing was held yet: in its first moments a page is younger than what is compared with.
  let heldAt = -Infinity;

  const down = (event: PointerEvent) => {
    touching = event.pointerType !== 'mouse';
    if (!touching || !event.isPrimary) return;
    held = false;
    start = { x: event.clientX, y: event.clientY };
    clearTimeout(timer);
    timer = setTimeout(hold, HOLD_MS);
  };
  const hold = () => {
    clearTimeout(timer);
    held = true;
    navigator.vibrate?.(8);
  };
  const move = (event: PointerEvent) => {
    if (held || !start || Math.hypot(event.clientX - start.x, event.clientY - start.y) <= MOVE_PX) return;
    clearTimeout(timer);
    start = undefined;
  };
  const end = () => {
    clearTimeout(timer);
    start = undefined;
    if (!held) return;
    held = false;
    heldAt = performance.now();
    setTimeout(() => options.run());
  };
  const menu = (event: MouseEvent) => {
    if (touching) event.preventDefault();
    else if (options.mouse) {
      event.preventDefault();
      options.run();
    }
  };
  // The finger that held does not also tap.
  const click = (event: MouseEvent) => {
    if (performance.now() - heldAt > 400) return;
    event.preventDefault();
    event.stopPropagation();
  };
  // What a browser makes of a touch afterwards, a press of the mouse, would take the focus from what just opened.
  const release = (event: TouchEvent) => {
    if (event.cancelable && performance.now() - heldAt <= 400) event.preventDefault();
  };
  node.addEventListener('pointerdown', down);
  node.addEventListener('pointermove', move);
  node.addEventListener('pointerup', end);
  node.addEventListener('pointercancel', end);
  node.addEventListener('touchend', release, { passive: false });
  node.addEventListener('contextmenu', menu);
  node.addEventListener('click', click, true);
  return {
    update(next) {
      options = next;
    },
    destroy() {
      clearTimeout(timer);
      node.removeEventListener('pointerdown', down);
      node.removeEventListener('pointermove', move);
      node.removeEventListener('pointerup', end);
      node.removeEventListener('pointercancel', end);
      node.removeEventListener('touchend', release);
      node.removeEventListener('contextmenu', menu);
      node.removeEventListener('click', click, true);
    },
  };
};
