/**
 * Text not sent yet, per conversation: on this device with every key stroke, with the server a second later, so that a
 * reload loses nothing and another device goes on with it.
 *
 * What is written here and not yet with the server wins over what the server says; once it is there, the server's word
 * (another device's, by the stream) is taken. The answer to saving may overtake the event that tells of it: until what
 * the server says changes, the saved text stands.
 */

export interface DraftStorage {
  read(conversationId: string): string | null;
  write(conversationId: string, text: string | null): void;
  /** Conversations whose text is not with the server yet. */
  list(): string[];
}

export interface DraftOptions {
  storage: DraftStorage;
  save: (conversationId: string, body: string, leaving: boolean) => Promise<void>;
  /** The draft of a conversation may be another one now. */
  onChange: (conversationId: string) => void;
}

export const SAVE_AFTER_MS = 1_000;
export const SAVE_AGAIN_MS = 15_000;

export class Drafts {
  readonly #options: DraftOptions;
  /** Texts on their way to the server. */
  readonly #dirty = new Map<string, string>();
  /** Texts the server has but the stream has not told of yet, and what it told before. */
  readonly #saved = new Map<string, { text: string; before: string }>();
  /** What the stream told last. */
  readonly #told = new Map<string, string>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #saving = new Set<string>();
  #stopped = false;

  constructor(options: DraftOptions) {
    this.#options = options;
    for (const id of options.storage.list()) {
      const text = options.storage.read(id);
      if (text === null) continue;
      this.#dirty.set(id, text);
      this.#later(id, SAVE_AFTER_MS);
    }
  }

  /** The text to show, given what the server has. */
  get(conversationId: string, server: string | null): string {
    const told = server ?? '';
    this.#told.set(conversationId, told);
    const dirty = this.#dirty.get(conversationId);
    if (dirty !== undefined) return dirty;
    const saved = this.#saved.get(conversationId);
    if (saved && saved.before === told) return saved.text;
    this.#saved.delete(conversationId);
    return told;
  }

  /** Whether this device has words the server has not. */
  isDirty(conversationId: string): boolean {
    return this.#dirty.has(conversationId);
  }

  /** The person typed. */
  set(conversationId: string, text: string): void {
    this.#dirty.set(conversationId, text);
    this.#options.storage.write(conversationId, text);
    this.#options.onChange(conversationId);
    this.#later(conversationId, SAVE_AFTER_MS);
  }

  /** Sent: there is no draft, and the server is told at once. */
  clear(conversationId: string): void {
    this.#dirty.set(conversationId, '');
    this.#options.storage.write(conversationId, '');
    this.#options.onChange(conversationId);
    void this.#save(conversationId, false);
  }

  /** The page goes away: what is not saved goes out with what outlives it. */
  flush(): void {
    for (const id of this.#dirty.keys()) void this.#save(id, true);
  }

  /** The connection is back. */
  retry(): void {
    for (const id of this.#dirty.keys()) this.#later(id, SAVE_AFTER_MS);
  }

  /** The conversation is gone for this person. */
  forget(conversationId: string): void {
    clearTimeout(this.#timers.get(conversationId));
    this.#timers.delete(conversationId);
    this.#dirty.delete(conversationId);
    this.#saved.delete(conversationId);
    this.#told.delete(conversationId);
    this.#options.storage.write(conversationId, null);
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #later(id: string, wait: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.set(
      id,
      setTimeout(() => void this.#save(id, false), wait),
    );
  }

  async #save(id: string, leaving: boolean): Promise<void> {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    const text = this.#dirty.get(id);
    if (text === undefined || this.#stopped) return;
    if (this.#saving.has(id) && !leaving) {
      // One after another, so that an older text never arrives last.
      this.#later(id, SAVE_AFTER_MS);
      return;
    }
    this.#saving.add(id);
    const before = this.#told.get(id) ?? '';
    try {
      await this.#options.save(id, text, leaving);
      if (this.#dirty.get(id) === text) {
        this.#dirty.delete(id);
        if (text !== before && (this.#told.get(id) ?? '') === before) this.#saved.set(id, { text, before });
        this.#options.storage.write(id, null);
        this.#options.onChange(id);
      }
    } catch (error) {
      // A conversation that is gone takes its draft along; anything else is tried again.
      if (isGone(error)) this.forget(id);
      else if (!this.#stopped && !leaving) this.#later(id, SAVE_AGAIN_MS);
    } finally {
      this.#saving.delete(id);
    }
  }
}

function isGone(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'status' in error && error.status === 404;
}

/** Drafts in `localStorage`: the only storage that is written before the page can go. */
export function localDrafts(accountId: string, storage: Storage | null): DraftStorage {
  const prefix = `waggle.draft.${accountId}.`;
  const memory = new Map<string, string>();
  return {
    read(id) {
      return memory.get(id) ?? storage?.getItem(prefix + id) ?? null;
    },
    write(id, text) {
      if (text === null) memory.delete(id);
      else memory.set(id, text);
      try {
        if (text === null) storage?.removeItem(prefix + id);
        else storage?.setItem(prefix + id, text);
      } catch {
        // Full or forbidden: then the text lasts as long as the page, and with the server.
      }
    },
    list() {
      const found = new Set(memory.keys());
      for (let i = 0; storage && i < storage.length; i += 1) {
        const key = storage.key(i);
        if (key?.startsWith(prefix)) found.add(key.slice(prefix.length));
      }
      return [...found];
    },
  };
}

/** Removes the drafts of all accounts from this device. */
export function wipeLocalDrafts(storage: Storage | null): void {
  if (!storage) return;
  const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i));
  for (const key of keys) if (key?.startsWith('waggle.draft.')) storage.removeItem(key);
}
