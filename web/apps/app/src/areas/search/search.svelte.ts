/** What is typed into the search field and what was found; the parts on screen only draw it. */
import type { ConversationView, PersonView } from '@waggle/protocol';
import { listPeople } from '@waggle/client/chat';
import { finds, isMissing, search as ask, type ContactView, type MessageHit } from '@waggle/client/directory';
import { live } from '../chat/live.svelte.ts';
import { otherOf, titleOf } from '../chat/words.ts';
import { readRecent, withRecent, writeRecent } from './recent.ts';

export interface Shown {
  query: string;
  people: readonly PersonView[];
  contacts: readonly ContactView[];
  conversations: readonly ConversationView[];
  messages: readonly MessageHit[];
}

const PAUSE_MS = 120;
const MOST = 5;
/** A server without a search is asked again after so long. */
const WITHOUT_MS = 60_000;

class Search {
  query = $state('');
  open = $state(false);
  /** Moves the mark of the list; -1 is none. */
  active = $state(0);
  shown = $state.raw<Shown | null>(null);
  problem = $state.raw<unknown>(null);
  recent = $state.raw<readonly string[]>([]);
  #asking: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #without = 0;
  #account = '';

  /** Whether the answer on screen is the one to what stands in the field. */
  get settled(): boolean {
    return this.query.trim() === '' || this.shown?.query === this.query.trim() || this.problem !== null;
  }

  start(account: string): void {
    this.#account = account;
    this.recent = readRecent(localStorage, account);
    this.reset();
  }

  reset(): void {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.query = '';
    this.shown = null;
    this.problem = null;
    this.active = 0;
  }

  /** The text changed: what was asked before counts no more. */
  typed(): void {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.problem = null;
    this.active = 0;
    const query = this.query.trim();
    if (query === '') {
      this.shown = null;
      return;
    }
    this.#timer = setTimeout(() => void this.#ask(query), PAUSE_MS);
  }

  remember(): void {
    this.#keep(withRecent(this.recent, this.query));
  }
  forget(query: string): void {
    this.#keep(this.recent.filter((one) => one !== query));
  }
  forgetAll(): void {
    this.#keep([]);
  }
  #keep(list: readonly string[]): void {
    this.recent = list;
    writeRecent(localStorage, this.#account, list);
  }

  async #ask(query: string): Promise<void> {
    const { signal } = (this.#asking = new AbortController());
    try {
      let shown: Shown | null = null;
      if (Date.now() > this.#without) {
        try {
          shown = { query, ...(await ask(query, { signal })) };
        } catch (error) {
          if (!isMissing(error)) throw error;
          this.#without = Date.now() + WITHOUT_MS;
        }
      }
      shown ??= await this.#known(query, signal);
      if (!signal.aborted) this.shown = shown;
    } catch (error) {
      if (!signal.aborted) this.problem = error;
    }
  }

  /** Without a search on the server: people, and the conversations this device knows. */
  async #known(query: string, signal: AbortSignal): Promise<Shown> {
    const answer = await listPeople(query, null, { signal }).catch(() => ({ people: [] as PersonView[] }));
    const local = live.running ? [...live.engine.store.state.people.values()] : [];
    const people = [...new Map([...local, ...answer.people].map((one) => [one.id, one])).values()].filter(
      (one) => finds(query, `${one.name} ${one.email} ${one.extension ?? ''}`),
    );
    const conversations = live.running ? [...live.engine.store.state.conversations.values()] : [];
    return {
      query,
      people: people.filter((one) => one.id !== live.me).slice(0, MOST),
      contacts: [],
      conversations: conversations
        .filter((one) => finds(query, titleOf(one)) && (otherOf(one) === undefined || one.position > 0))
        .sort((a, b) => (a.active_at < b.active_at ? 1 : -1))
        .slice(0, MOST),
      messages: [],
    };
  }
}

export const search = new Search();
