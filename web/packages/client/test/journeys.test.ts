/**
 * Journeys that the server recorded (`crates/server/src/journeys.rs`): whoever applies what it told must arrive at what
 * it says to a client that starts afterwards.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Event, MessageView, Signal, Snapshot } from '@waggle/protocol';
import { describe, expect, test, vi } from 'vitest';
import { Store, toSnapshot, type MessagePage, type State } from '../src/store.ts';

type Frame =
  { type: 'event'; event: Event } | { type: 'signal'; signal: Signal } | { type: 'goodbye'; reason: string };

interface Look {
  snapshot: Snapshot;
  pages: Record<string, MessagePage>;
}

interface Journey {
  journey: string;
  views: { who: string; before: Look; frames: Frame[]; after: Look | null }[];
}

const FOLDER = join(import.meta.dirname, '../journeys');
const journeys = readdirSync(FOLDER).map(
  (name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Journey,
);

function begun(before: Look): Store {
  const store = new Store();
  store.start(before.snapshot);
  for (const [id, page] of Object.entries(before.pages)) store.addPage(id, page);
  return store;
}

function hear(store: Store, frame: Frame): void {
  if (frame.type === 'event') store.apply(frame.event);
  if (frame.type === 'signal') store.signal(frame.signal);
}

const byId = <T extends { id: string }>(list: readonly T[]): T[] =>
  [...list].sort((a, b) => (a.id < b.id ? -1 : 1));

/** What both say, in an order that does not matter. A client keeps what it hid; a start does not bring it. */
function shown(snapshot: Snapshot | null): Snapshot | null {
  return (
    snapshot && {
      ...snapshot,
      conversations: byId(snapshot.conversations.filter((conversation) => !conversation.seat.hidden)),
      people: byId(snapshot.people),
    }
  );
}

/** The windows that were open before, as far as the person is still there. */
function windows(state: State, before: Look): Record<string, readonly MessageView[]> {
  const open = Object.keys(before.pages).filter((id) => state.windows.has(id));
  return Object.fromEntries(open.map((id) => [id, state.windows.get(id)?.messages ?? []]));
}

describe.each(journeys)('$journey', ({ views }) => {
  test.each(views)('seen by $who', ({ before, frames, after }) => {
    vi.useFakeTimers();
    const store = begun(before);
    for (const frame of frames) hear(store, frame);
    vi.useRealTimers();
    if (after === null) {
      expect(frames.at(-1)?.type).toBe('goodbye');
      return;
    }
    expect(shown(toSnapshot(store.state))).toEqual(shown(after.snapshot));
    for (const [id, messages] of Object.entries(windows(store.state, before))) {
      const window = store.state.windows.get(id);
      if (window?.stale || !after.pages[id]) continue;
      expect(messages).toEqual(after.pages[id].messages);
    }
  });

  test.each(views)('heard twice, seen by $who', ({ before, frames, after }) => {
    vi.useFakeTimers();
    const once = begun(before);
    const twice = begun(before);
    for (const frame of frames) {
      hear(once, frame);
      hear(twice, frame);
      hear(twice, frame);
    }
    vi.useRealTimers();
    if (after) expect(twice.state).toEqual(once.state);
  });
});

test('every kind of event that a list or a conversation shows is in a journey', () => {
  const told = new Set(
    journeys.flatMap(({ views }) =>
      views.flatMap(({ frames }) => frames.map((frame) => (frame.type === 'event' ? frame.event.type : ''))),
    ),
  );
  const kinds: Event['type'][] = [
    'account.changed',
    'conversation.changed',
    'conversation.joined',
    'conversation.left',
    'conversation.seat_changed',
    'message.deleted',
    'message.edited',
    'message.pinned',
    'message.posted',
    'message.restored',
    'message.unpinned',
    'participant.joined',
    'participant.left',
    'person.changed',
    'person.left',
    'reaction.added',
    'reaction.removed',
  ];
  expect(kinds.filter((kind) => !told.has(kind))).toEqual([]);
});
