/**
 * What survives a closed tab: the last state with its cursor, the newest messages of the conversations looked at, and
 * the sends that wait. One database per account, so that signing out is deleting a database.
 *
 * State and cursor are written in one transaction: a cursor ahead of its state would lose what lies between. One tab at a
 * time writes (the engine sees to it), because each writes only what moved since it last did.
 */
import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { ConversationView, Me, PersonView } from '@waggle/protocol';
import type { OutboxStorage, Pending } from './outbox.ts';
import { EMPTY, type MessageWindow, type State } from './store.ts';

/** Raised when the stored shape changes; older data is thrown away, the server has it all. */
const VERSION = 1;
/** Conversations whose messages are kept, and how many of each. */
const WINDOWS_MOST = 40;
const MESSAGES_MOST = 60;

interface Schema extends DBSchema {
  meta: {
    key: 'state';
    value: { cursor: string; me: Me; people: PersonView[]; more_conversations: boolean; saved_at: number };
  };
  conversations: { key: string; value: ConversationView };
  windows: { key: string; value: { id: string; window: MessageWindow; used_at: number } };
  outbox: { key: string; value: Pending };
}

const NAME = 'waggle-';

export interface Cached {
  state: State;
  cursor: string;
}

export class Cache {
  readonly #db: IDBPDatabase<Schema>;
  /** What is on disk already, by identity, so that only what moved is written. */
  #conversations = new Map<string, ConversationView>();
  #windows = new Map<string, MessageWindow>();

  private constructor(db: IDBPDatabase<Schema>) {
    this.#db = db;
  }

  /** Null when the browser has no storage to give; everything works without, from the network. */
  static async open(accountId: string): Promise<Cache | null> {
    try {
      const db = await openDB<Schema>(NAME + accountId, VERSION, {
        upgrade(db) {
          for (const name of [...db.objectStoreNames]) db.deleteObjectStore(name);
          db.createObjectStore('meta');
          db.createObjectStore('conversations');
          db.createObjectStore('windows', { keyPath: 'id' });
          db.createObjectStore('outbox', { keyPath: 'client_id' });
        },
        // Another tab deletes the database: signing out must not wait for us.
        blocking(_current, _blocked, event) {
          (event.target as IDBDatabase).close();
        },
      });
      return new Cache(db);
    } catch {
      return null;
    }
  }

  async read(): Promise<Cached | null> {
    try {
      const tx = this.#db.transaction(['meta', 'conversations', 'windows']);
      const [meta, conversations, windows] = await Promise.all([
        tx.objectStore('meta').get('state'),
        tx.objectStore('conversations').getAll(),
        tx.objectStore('windows').getAll(),
      ]);
      if (!meta) return null;
      this.#conversations = new Map(conversations.map((conversation) => [conversation.id, conversation]));
      this.#windows = new Map(windows.map(({ id, window }) => [id, window]));
      return {
        cursor: meta.cursor,
        state: {
          ...EMPTY,
          me: meta.me,
          // Who is there now nobody knows from the disk.
          people: new Map(
            meta.people.map((person) => [person.id, { ...person, presence: 'offline' as const }]),
          ),
          more_conversations: meta.more_conversations,
          conversations: this.#conversations,
          windows: this.#windows,
        },
      };
    } catch {
      return null;
    }
  }

  /** This tab writes from now on: what another one wrote is replaced as a whole. */
  async takeOver(): Promise<void> {
    try {
      const tx = this.#db.transaction(['meta', 'conversations', 'windows'], 'readwrite');
      await Promise.all([
        tx.objectStore('meta').clear(),
        tx.objectStore('conversations').clear(),
        tx.objectStore('windows').clear(),
        tx.done,
      ]);
    } catch {
      // As in write.
    }
    this.#conversations = new Map();
    this.#windows = new Map();
  }

  async write(state: State, cursor: string): Promise<void> {
    if (!state.me) return;
    try {
      const tx = this.#db.transaction(['meta', 'conversations', 'windows'], 'readwrite');
      const conversations = tx.objectStore('conversations');
      const windows = tx.objectStore('windows');
      const now = Date.now();
      void tx.objectStore('meta').put(
        {
          cursor,
          me: state.me,
          people: [...state.people.values()],
          more_conversations: state.more_conversations,
          saved_at: now,
        },
        'state',
      );
      for (const [id, conversation] of state.conversations) {
        if (this.#conversations.get(id) !== conversation) void conversations.put(conversation, id);
      }
      for (const id of this.#conversations.keys())
        if (!state.conversations.has(id)) void conversations.delete(id);
      const kept = new Map<string, MessageWindow>();
      // The last touched ones stand last in the map.
      for (const [id, window] of [...state.windows].slice(-WINDOWS_MOST)) {
        // A window in the middle of the past is not worth keeping.
        if (window.has_after || !state.conversations.has(id)) continue;
        kept.set(id, window);
        if (this.#windows.get(id) !== window) void windows.put({ id, window: trimmed(window), used_at: now });
      }
      for (const id of this.#windows.keys()) if (!kept.has(id)) void windows.delete(id);
      await tx.done;
      this.#conversations = new Map(state.conversations);
      this.#windows = kept;
    } catch {
      // Without a cache the next start takes a snapshot.
    }
  }

  get outbox(): OutboxStorage {
    return {
      all: () => this.#db.getAll('outbox'),
      put: async (pending) => {
        await this.#db.put('outbox', pending);
      },
      remove: (clientId) => this.#db.delete('outbox', clientId),
    };
  }

  close(): void {
    this.#db.close();
  }
}

function trimmed(window: MessageWindow): MessageWindow {
  if (window.messages.length <= MESSAGES_MOST && window.ahead.length === 0) return window;
  return {
    ...window,
    ahead: [],
    messages: window.messages.slice(-MESSAGES_MOST),
    has_before: window.has_before || window.messages.length > MESSAGES_MOST,
    // What was ahead comes again when asked for.
    has_after: false,
    stale: window.stale || window.ahead.length > 0,
  };
}

/** Forgets an account on this device. */
export async function wipe(accountId: string): Promise<void> {
  try {
    await deleteDB(NAME + accountId);
  } catch {
    // Nothing was kept, then.
  }
}

/** An outbox that lives as long as the page. */
export function memoryOutbox(): OutboxStorage {
  const items = new Map<string, Pending>();
  return {
    all: () => Promise.resolve([...items.values()]),
    put: (pending) => Promise.resolve(void items.set(pending.client_id, pending)),
    remove: (clientId) => Promise.resolve(void items.delete(clientId)),
  };
}

/** The account this device was last used with, from the disk: enough to open the app without a server. */
export async function cachedMe(): Promise<Me | null> {
  const accountId = lastAccount();
  const cache = accountId === null ? null : await Cache.open(accountId);
  try {
    return (await cache?.read())?.state.me ?? null;
  } finally {
    cache?.close();
  }
}

const OWNER = 'waggle.account';

/** Whose data this device has, so that the app can open from it without a server. */
export function lastAccount(): string | null {
  try {
    return localStorage.getItem(OWNER);
  } catch {
    return null;
  }
}

export function rememberAccount(accountId: string | null): void {
  try {
    if (accountId === null) localStorage.removeItem(OWNER);
    else localStorage.setItem(OWNER, accountId);
  } catch {
    // Then the app opens from the network only.
  }
}
