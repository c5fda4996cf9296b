import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { longPress } from './press.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
  vi.stubGlobal('navigator', {});
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function setUp() {
  const node = new EventTarget();
  const run = vi.fn();
  longPress(node as HTMLElement, { run });
  const send = (type: string, about: object = {}) => {
    const event = Object.assign(new Event(type, { cancelable: true }), about);
    node.dispatchEvent(event);
    return event.defaultPrevented;
  };
  const finger = { pointerType: 'touch', isPrimary: true, clientX: 0, clientY: 0 };
  return { run, send, finger };
}

test('a click counts from the first moment of a page', () => {
  const { run, send } = setUp();
  expect(performance.now()).toBe(0);
  expect(send('click')).toBe(false);
  expect(run).not.toHaveBeenCalled();
});

test('a finger that held is no tap, and what opens does so when it is lifted', () => {
  const { run, send, finger } = setUp();
  send('pointerdown', finger);
  vi.advanceTimersByTime(600);
  expect(run).not.toHaveBeenCalled();
  send('pointerup', finger);
  expect(send('touchend')).toBe(true);
  expect(send('click')).toBe(true);
  vi.advanceTimersByTime(0);
  expect(run).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(500);
  expect(send('click')).toBe(false);
});

test('a finger that only taps, or moves on, opens nothing', () => {
  const { run, send, finger } = setUp();
  send('pointerdown', finger);
  vi.advanceTimersByTime(100);
  send('pointerup', finger);
  expect(send('touchend')).toBe(false);
  expect(send('click')).toBe(false);
  send('pointerdown', finger);
  send('pointermove', { ...finger, clientX: 30 });
  vi.advanceTimersByTime(600);
  send('pointerup', finger);
  vi.advanceTimersByTime(10);
  expect(run).not.toHaveBeenCalled();
});
