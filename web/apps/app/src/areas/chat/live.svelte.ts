/**
 * The engine of the signed-in account as Svelte state. Screens read through here and depend on exactly the slices they
 * read: each topic of the store is one subscription that exists while somebody looks at it.
 */
import type { ConversationView, Me, MessageView, PersonView, QuoteView } from '@waggle/protocol';
import { readMe } from '@waggle/client/accounts';
import { Engine } from '@waggle/client/engine';
import type { Connection } from '@waggle/client/live';
import type { Pending, PendingFile, UploadProgress } from '@waggle/client/outbox';
import { byListOrder, type MessageWindow, type Topic } from '@waggle/client/store';
import { createSubscriber, SvelteMap } from 'svelte/reactivity';

class LiveState {
  #engine = $state.raw<Engine | null>(null);
  #connection = $state.raw<Connection>({ state: 'stopped' });
  #ready = $state(false);
  #topics = new Map<Topic, () => void>();
  /** Moves when a pending send or a draft of a conversation changes. */
  readonly #beside = new SvelteMap<string, number>();

  /** Whether there is anything to show: a snapshot, or what the cache had. */
  get ready(): boolean {
    return this.#ready;
  }

  get connection(): Connection {
    return this.#connection;
  }

  get engine(): Engine {
    if (!this.#engine) throw new Error('nobody is signed in');
    return this.#engine;
  }

  get running(): boolean {
    return this.#engine !== null;
  }

  /**
   * Starts for an account; again for the same one does nothing. `changed` hears of the own account, `news` of what
   * others just said.
   */
  start(accountId: string, changed: (me: Me) => void, news: (messages: MessageView[]) => void): void {
    if (this.#engine?.accountId === accountId) return;
    void this.#engine?.stop();
    this.#topics = new Map();
    this.#ready = false;
    const engine = new Engine({
      accountId,
      onConnection: (connection) => {
        if (this.#engine !== engine) return;
        this.#connection = connection;
        this.#ready = engine.ready;
      },
      onOutbox: (id) => this.#moved(`outbox:${id}`),
      onDraft: (id) => this.#moved(`draft:${id}`),
      onMessages: (messages) => {
        if (this.#engine === engine) news(messages);
      },
      onSignedOut: () => {
        if (this.#engine === engine) this.#engine = null;
        this.#ready = false;
        // The answer is "not signed in", which is how the session learns that it is over.
        void readMe().catch(() => undefined);
      },
    });
    this.#engine = engine;
    engine.store.subscribe('me', () => {
      const { me } = engine.store.state;
      if (me) changed(me);
    });
    void engine.start().then(() => {
      if (this.#engine === engine) this.#ready = engine.ready;
    });
  }

  /** The person signed out: nothing stays on this device. */
  stop(): void {
    const engine = this.#engine;
    this.#engine = null;
    this.#ready = false;
    this.#connection = { state: 'stopped' };
    void engine?.stop(true);
  }

  get me(): string {
    return this.#engine?.accountId ?? '';
  }

  /** All conversations in the order of the list; hidden ones too. */
  get conversations(): ConversationView[] {
    this.#track('list');
    return [...(this.#engine?.store.state.conversations.values() ?? [])].sort(byListOrder);
  }

  get people(): PersonView[] {
    this.#track('people');
    return [...(this.#engine?.store.state.people.values() ?? [])];
  }

  conversation(id: string): ConversationView | undefined {
    this.#track(`conversation:${id}`);
    return this.#engine?.store.state.conversations.get(id);
  }

  window(id: string): MessageWindow | undefined {
    this.#track(`messages:${id}`);
    return this.#engine?.store.state.windows.get(id);
  }

  person(id: string): PersonView | undefined {
    this.#track(`person:${id}`);
    return this.#engine?.store.state.people.get(id);
  }

  /** Who is typing, without oneself. */
  typing(id: string): string[] {
    this.#track(`typing:${id}`);
    return [...(this.#engine?.store.state.typing.get(id)?.keys() ?? [])];
  }

  reads(id: string): ReadonlyMap<string, number> | undefined {
    this.#track(`reads:${id}`);
    return this.#engine?.store.state.reads.get(id);
  }

  /** A number that moves when a topic does: for what must be asked for again. */
  version(topic: Topic): number {
    this.#track(topic);
    return this.#engine?.store.version(topic) ?? 0;
  }

  pending(id: string): Pending[] {
    this.#beside.get(`outbox:${id}`);
    return this.#ready || this.#engine ? (this.#safe((engine) => engine.outbox.of(id)) ?? []) : [];
  }

  progress(conversationId: string, fileClientId: string): UploadProgress | undefined {
    this.#beside.get(`outbox:${conversationId}`);
    return this.#engine?.progress(fileClientId);
  }

  /** Text not sent yet, as on the wire. */
  draft(id: string): string {
    this.#beside.get(`draft:${id}`);
    const server = this.conversation(id)?.seat.draft ?? null;
    return this.#safe((engine) => engine.drafts.get(id, server)) ?? server ?? '';
  }

  send(id: string, body: string, quote: QuoteView | null, files: readonly PendingFile[]): void {
    this.engine.send(id, body, quote, files);
  }

  take(message: MessageView, type: 'message.posted' | 'message.edited' | 'message.restored'): void {
    this.engine.take(message, type);
  }

  /** While the engine opens its storage there is no outbox and no draft yet. */
  #safe<T>(read: (engine: Engine) => T): T | undefined {
    try {
      return this.#engine ? read(this.#engine) : undefined;
    } catch {
      return undefined;
    }
  }

  #moved(key: string): void {
    this.#beside.set(key, (this.#beside.get(key) ?? 0) + 1);
  }

  #track(topic: Topic): void {
    const engine = this.#engine;
    if (!engine) return;
    let subscribe = this.#topics.get(topic);
    if (!subscribe) {
      subscribe = createSubscriber((update) => engine.store.subscribe(topic, update));
      this.#topics.set(topic, subscribe);
    }
    subscribe();
  }
}

export const live = new LiveState();
