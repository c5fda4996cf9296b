/** A list that comes in pages and follows a search: stale answers are dropped, what is shown stays until the new is here. */

export interface Page<T> {
  items: T[];
  next: string | null;
}

type Ask<T> = (query: string, after: string | null, signal: AbortSignal) => Promise<Page<T>>;

export class Pages<T extends { id: string }> {
  items = $state.raw<readonly T[] | null>(null);
  next = $state<string | null>(null);
  problem = $state.raw<unknown>(null);
  more = $state(false);
  readonly #ask: Ask<T>;
  #asking: AbortController | undefined;
  #query = '';

  constructor(ask: Ask<T>) {
    this.#ask = ask;
  }

  /** The first page of a search. */
  async load(query: string): Promise<void> {
    this.#query = query;
    await this.#run(null, (page) => {
      this.items = page.items;
      this.next = page.next;
    });
  }

  /** The same again, with as many as are shown now. */
  async refresh(): Promise<void> {
    const wanted = this.items?.length ?? 0;
    const fresh: T[] = [];
    await this.#run(null, async (first, signal) => {
      let page = first;
      fresh.push(...page.items);
      while (page.next !== null && fresh.length < wanted) {
        page = await this.#ask(this.#query, page.next, signal);
        fresh.push(...page.items);
      }
      if (signal.aborted) return;
      this.items = fresh;
      this.next = page.next;
    });
  }

  async loadMore(): Promise<void> {
    const { next } = this;
    if (next === null || this.more) return;
    this.more = true;
    try {
      await this.#run(next, (page) => {
        const known = new Set(this.items?.map((item) => item.id));
        this.items = [...(this.items ?? []), ...page.items.filter((item) => !known.has(item.id))];
        this.next = page.next;
      });
    } finally {
      this.more = false;
    }
  }

  put(item: T): void {
    this.items = this.items?.map((one) => (one.id === item.id ? item : one)) ?? null;
  }

  stop(): void {
    this.#asking?.abort();
  }

  async #run(after: string | null, take: (page: Page<T>, signal: AbortSignal) => unknown): Promise<void> {
    this.#asking?.abort();
    const { signal } = (this.#asking = new AbortController());
    try {
      const page = await this.#ask(this.#query, after, signal);
      if (signal.aborted) return;
      await take(page, signal);
      this.problem = null;
    } catch (error) {
      if (!signal.aborted) this.problem = error;
    }
  }
}
