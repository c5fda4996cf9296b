/** One tooltip element for the page. `use:tooltip={'Words'}` on any control that already has an accessible name. */
import type { Action } from 'svelte/action';

let bubble: HTMLElement | undefined;
let owner: HTMLElement | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let lastHidden = 0;

function element(): HTMLElement {
  if (!bubble) {
    bubble = document.createElement('div');
    bubble.className = 'waggle-tooltip';
    bubble.setAttribute('aria-hidden', 'true');
    bubble.popover = 'manual';
    document.body.append(bubble);
    addEventListener('keydown', (event) => event.key === 'Escape' && hide(), true);
    addEventListener('scroll', hide, { capture: true, passive: true });
    addEventListener('pointerdown', hide, true);
  }
  return bubble;
}

function hide(): void {
  clearTimeout(timer);
  if (owner) lastHidden = performance.now();
  owner = undefined;
  if (bubble?.matches(':popover-open')) bubble.hidePopover();
}

function show(node: HTMLElement, text: string): void {
  const tip = element();
  owner = node;
  tip.textContent = text;
  tip.showPopover();
  const anchor = node.getBoundingClientRect();
  const { width, height } = tip.getBoundingClientRect();
  const gap = 6;
  const below = anchor.bottom + gap + height <= innerHeight;
  const x = Math.min(Math.max(8, anchor.left + anchor.width / 2 - width / 2), innerWidth - width - 8);
  const y = below ? anchor.bottom + gap : Math.max(8, anchor.top - gap - height);
  tip.style.translate = `${Math.round(x)}px ${Math.round(y)}px`;
}

export const tooltip: Action<HTMLElement, string | undefined | null> = (node, initial) => {
  let text = initial;
  const later = () => {
    if (!text || owner === node) return;
    clearTimeout(timer);
    // Moving along a toolbar shows the next one at once.
    const wait = performance.now() - lastHidden < 300 ? 0 : 450;
    timer = setTimeout(() => node.isConnected && text && show(node, text), wait);
  };
  const enter = (event: PointerEvent) => {
    if (event.pointerType === 'mouse') later();
  };
  const focus = () => {
    if (text && node.matches(':focus-visible')) show(node, text);
  };
  node.addEventListener('pointerenter', enter);
  node.addEventListener('pointerleave', hide);
  node.addEventListener('focus', focus);
  node.addEventListener('blur', hide);
  return {
    update(next) {
      text = next;
      if (owner === node) {
        if (text) show(node, text);
        else hide();
      }
    },
    destroy() {
      if (owner === node) hide();
      clearTimeout(timer);
      node.removeEventListener('pointerenter', enter);
      node.removeEventListener('pointerleave', hide);
      node.removeEventListener('focus', focus);
      node.removeEventListener('blur', hide);
    },
  };
};
