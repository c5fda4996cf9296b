/**
 * What is to be sent. Each send has a client id from the moment it is typed; it stays here, on disk, until the server
 * has it, and goes out one after another per conversation. A repeated request with the same client id is the same
 * message for the server, so "did it arrive?" never has to be answered before trying again.
 *
 * A send leaves the list when its message comes back, by the event stream or as the answer, whichever is first.
 * A refusal keeps the text: Retry, Copy, Discard. Everything else (no network, a fault, too much at once) is tried again.
 */
import type { FileView, MessageView, QuoteView } from '@waggle/protocol';
import { ApiError } from './http.ts';
import type { NewMessage } from './chat.ts';

/** A file on its way. The bytes stay with the send until the server has them all. */
export interface PendingFile {
  readonly client_id: string;
  readonly name: string;
  readonly size_bytes: number;
  readonly media_type: string;
  /** The bytes; gone once uploaded. */
  readonly blob: Blob | null;
  /** The first picture of a film, as this browser drew it. */
  readonly poster?: Blob | undefined;
  /** The server's file, once it knows of it. */
  readonly file: FileView | null;
  /** Whether all bytes are there. */
  readonly complete: boolean;
}

export interface Pending {
  readonly client_id: string;
  readonly conversation_id: string;
  readonly body: string;
  readonly quote: QuoteView | null;
  readonly files: readonly PendingFile[];
  /** When the person sent it (ms); the order of sending. */
  readonly created_at: number;
  /** Why the server will not have it; null while it is on its way. */
  readonly failed: { readonly code: string; readonly details: Record<string, unknown> | null } | null;
}

/** Where sends are kept. Memory when the browser has no storage to give. */
export interface OutboxStorage {
  all(): Promise<Pending[]>;
  put(pending: Pending): Promise<void>;
  remove(clientId: string): Promise<void>;
}

export interface UploadProgress {
  received_bytes: number;
  /** Bytes per second, lately; 0 until known. */
  rate: number;
}

export interface OutboxOptions {
  storage: OutboxStorage;
  post: (conversationId: string, message: NewMessage) => Promise<MessageView>;
  /** The answer: applied like an event. Called before the send leaves the list, so that nothing flickers. */
  onPosted: (message: MessageView) => void;
  onChange: (conversationId: string) => void;
  /** Brings a file to the server and resolves with it. */
  upload?: (
    conversationId: string,
    file: PendingFile,
    progress: (progress: UploadProgress) => void,
    signal: AbortSignal,
  ) => Promise<FileView>;
  /** Runs alone among all tabs. Web Locks where there are any. */
  exclusively?: (name: string, run: () => Promise<void>) => Promise<void>;
  /** Tells other tabs that the stored list changed. */
  broadcast?: () => void;
  random?: () => number;
  now?: () => number;
}

export const RETRY_FIRST_MS = 1_000;
export const RETRY_MOST_MS = 30_000;

/** Whether trying again later can help. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof ApiError)) return true;
  return error.status === 0 || error.status === 408 || error.status === 429 || error.status >= 500;
}

export function newClientId(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  // Plain http on another host has no randomUUID.
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}

export class Outbox {
  readonly #options: OutboxOptions;
  #items = new Map<string, Pending>();
  /** Conversations that are being sent from, and whether to look again afterwards. */
  readonly #busy = new Map<string, boolean>();
  readonly #attempts = new Map<string, number>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #progress = new Map<string, UploadProgress>();
  readonly #aborts = new Map<string, AbortController>();
  /** Sends that came back; a stored copy read afterwards is not shown again. */
  readonly #done = new Set<string>();
  /** Sends that only this page knows: not written yet, or the disk would not have them. */
  readonly #unstored = new Set<string>();
  #stopped = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Takes up what was left when the page was closed. */
  async load(): Promise<void> {
    await this.refresh();
    for (const id of new Set([...this.#items.values()].map((item) => item.conversation_id))) this.kick(id);
  }

  /** Another tab changed the stored list. */
  async refresh(): Promise<void> {
    const stored = await this.#options.storage.all();
    if (this.#stopped) return;
    const before = this.#items;
    const known = new Set(stored.map((item) => item.client_id));
    const own = [...before.values()].filter(
      (item) => this.#unstored.has(item.client_id) && !known.has(item.client_id),
    );
    this.#items = new Map(
      [...stored, ...own]
        .filter((item) => !this.#done.has(item.client_id))
        .sort((a, b) => a.created_at - b.created_at)
        .map((item) => [item.client_id, item]),
    );
    const touched = new Set(
      [...before.values(), ...this.#items.values()].map((item) => item.conversation_id),
    );
    for (const id of touched) this.#options.onChange(id);
  }

  /** What waits in a conversation, oldest first. */
  of(conversationId: string): Pending[] {
    return [...this.#items.values()].filter((item) => item.conversation_id === conversationId);
  }

  get size(): number {
    return this.#items.size;
  }

  has(clientId: string): boolean {
    return this.#items.has(clientId);
  }

  progress(fileClientId: string): UploadProgress | undefined {
    return this.#progress.get(fileClientId);
  }

  /** Sends something: it is on screen now, on disk in a moment, with the server when it can be. */
  async send(
    conversationId: string,
    body: string,
    quote: QuoteView | null = null,
    files: readonly PendingFile[] = [],
  ): Promise<Pending> {
    const now = this.#options.now?.() ?? Date.now();
    const newest = Math.max(0, ...[...this.#items.values()].map((item) => item.created_at));
    const item: Pending = {
      client_id: newClientId(),
      conversation_id: conversationId,
      body,
      quote,
      files,
      // Two in one millisecond keep their order.
      created_at: Math.max(now, newest + 1),
      failed: null,
    };
    this.#items.set(item.client_id, item);
    this.#unstored.add(item.client_id);
    this.#options.onChange(conversationId);
    await this.#store(item);
    this.kick(conversationId);
    return item;
  }

  retry(clientId: string): void {
    const item = this.#items.get(clientId);
    if (!item?.failed) return;
    const again = { ...item, failed: null };
    this.#items.set(clientId, again);
    this.#attempts.delete(clientId);
    this.#options.onChange(item.conversation_id);
    void this.#store(again).then(() => this.kick(item.conversation_id));
  }

  /** Takes a send back that has not gone out, and returns it, so that the text can go somewhere else. */
  async discard(clientId: string): Promise<Pending | undefined> {
    const item = this.#items.get(clientId);
    if (!item) return undefined;
    for (const file of item.files) this.#aborts.get(file.client_id)?.abort();
    await this.#remove(item);
    return item;
  }

  /** The message is there, as the event stream says. */
  confirm(clientId: string): void {
    const item = this.#items.get(clientId);
    if (item) void this.#remove(item);
  }

  /** Tries now what waits: the connection is back. */
  kickAll(): void {
    for (const id of new Set([...this.#items.values()].map((item) => item.conversation_id))) this.kick(id);
  }

  kick(conversationId: string): void {
    clearTimeout(this.#timers.get(conversationId));
    this.#timers.delete(conversationId);
    if (this.#busy.has(conversationId)) {
      this.#busy.set(conversationId, true);
      return;
    }
    void this.#drain(conversationId);
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const abort of this.#aborts.values()) abort.abort();
    this.#timers.clear();
  }

  #next(conversationId: string): Pending | undefined {
    return this.of(conversationId).find((item) => !item.failed);
  }

  async #drain(conversationId: string): Promise<void> {
    if (this.#stopped || !this.#next(conversationId)) return;
    this.#busy.set(conversationId, false);
    let wait: number | null = null;
    const run = async (): Promise<void> => {
      // Another tab may have sent some of it while we waited for the lock.
      if (this.#options.exclusively) await this.refresh();
      for (let item = this.#next(conversationId); item && !this.#stopped; item = this.#next(conversationId)) {
        wait = await this.#attempt(item);
        if (wait !== null) return;
      }
    };
    try {
      if (this.#options.exclusively) await this.#options.exclusively(`outbox:${conversationId}`, run);
      else await run();
    } catch {
      // The storage or the lock failed, not the sending: look again later.
      wait = RETRY_MOST_MS;
    }
    const again = this.#busy.get(conversationId) === true;
    this.#busy.delete(conversationId);
    if (this.#stopped) return;
    if (again) this.kick(conversationId);
    else if (wait !== null) {
      this.#timers.set(
        conversationId,
        setTimeout(() => this.kick(conversationId), wait),
      );
    }
  }

  /** One try. Resolves with how long to wait before the next one, or null to go on. */
  async #attempt(item: Pending): Promise<number | null> {
    try {
      const ready = await this.#uploaded(item);
      if (!ready) return null;
      const message = await this.#options.post(item.conversation_id, {
        client_id: item.client_id,
        body: item.body,
        quote_id: item.quote?.message_id ?? null,
        file_ids: ready.flatMap(({ file }) => (file ? [file.id] : [])),
      });
      this.#attempts.delete(item.client_id);
      if (this.#stopped) return null;
      this.#options.onPosted(message);
      await this.#remove(item);
      return null;
    } catch (error) {
      // Taken back, or confirmed by the stream, while the request was under way.
      if (this.#stopped || !this.#items.has(item.client_id)) return null;
      if (!isTransient(error)) {
        const refusal = error as ApiError;
        await this.#replace({
          ...(this.#items.get(item.client_id) ?? item),
          failed: { code: refusal.code, details: refusal.details ?? null },
        });
        return null;
      }
      const attempt = this.#attempts.get(item.client_id) ?? 0;
      this.#attempts.set(item.client_id, attempt + 1);
      const limit = Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** Math.min(attempt, 10));
      const asked = error instanceof ApiError ? (error.retryAfter ?? 0) * 1000 : 0;
      return Math.max(asked, Math.round((this.#options.random ?? Math.random)() * limit), 250);
    }
  }

  /** The files of a send, all of them with the server; null when the send was taken back meanwhile. */
  async #uploaded(item: Pending): Promise<readonly PendingFile[] | null> {
    const upload = this.#options.upload;
    for (const file of item.files) {
      if (file.complete || !upload) continue;
      const abort = new AbortController();
      this.#aborts.set(file.client_id, abort);
      try {
        const view = await upload(
          item.conversation_id,
          file,
          (progress) => {
            this.#progress.set(file.client_id, progress);
            this.#options.onChange(item.conversation_id);
          },
          abort.signal,
        );
        const current = this.#items.get(item.client_id);
        if (!current) return null;
        await this.#replace({
          ...current,
          files: current.files.map((other) =>
            other.client_id === file.client_id ? { ...other, file: view, complete: true, blob: null } : other,
          ),
        });
      } finally {
        this.#aborts.delete(file.client_id);
        this.#progress.delete(file.client_id);
      }
    }
    return this.#items.get(item.client_id)?.files ?? null;
  }

  async #replace(item: Pending): Promise<void> {
    this.#items.set(item.client_id, item);
    this.#options.onChange(item.conversation_id);
    await this.#store(item);
  }

  async #store(item: Pending): Promise<void> {
    try {
      await this.#options.storage.put(item);
      this.#unstored.delete(item.client_id);
      // Confirmed or discarded while it was being written.
      if (!this.#items.has(item.client_id)) await this.#options.storage.remove(item.client_id);
      this.#options.broadcast?.();
    } catch {
      // A full disk must not keep anybody from talking; the send lives as long as the page.
    }
  }

  async #remove(item: Pending): Promise<void> {
    this.#done.add(item.client_id);
    if (this.#items.delete(item.client_id)) this.#options.onChange(item.conversation_id);
    this.#attempts.delete(item.client_id);
    try {
      await this.#options.storage.remove(item.client_id);
      this.#options.broadcast?.();
    } catch {
      // See #store; the server knows a repeated client id.
    }
  }
}
