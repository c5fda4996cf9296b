/** The phonebooks this person sees. One list for the area, the search and the dialogs. */
import { isMissing, listPhonebooks, type PhonebookView } from '@waggle/client/directory';
import { may } from '../../lib/session.svelte.ts';

class Books {
  list = $state.raw<readonly PhonebookView[] | null>(null);
  problem = $state.raw<unknown>(null);
  /** Moves when what the lists show is to be asked for again. */
  stale = $state(0);
  #asking: Promise<void> | undefined;

  get shared(): PhonebookView[] {
    return (this.list ?? []).filter((book) => book.kind === 'shared');
  }
  get personal(): PhonebookView[] {
    return (this.list ?? []).filter((book) => book.kind === 'personal');
  }
  get editable(): PhonebookView[] {
    return (this.list ?? []).filter((book) => book.may_edit);
  }
  /** Whether the person may put somebody into a phonebook, or make one for it. */
  get mayAdd(): boolean {
    return may('directory_use');
  }

  find(id: string | undefined): PhonebookView | undefined {
    return this.list?.find((book) => book.id === id);
  }

  load(): Promise<void> {
    this.#asking ??= listPhonebooks()
      .then(
        (list) => {
          this.list = list;
          this.problem = null;
        },
        (error: unknown) => {
          // A server without phonebooks has none.
          if (isMissing(error)) this.list ??= [];
          else this.problem = error;
        },
      )
      .finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  /** Something in a phonebook is different: lists on screen ask again. */
  changed(): void {
    this.stale += 1;
    void this.load();
  }

  /** Somebody else signs in. */
  forget(): void {
    this.list = null;
  }
}

export const books = new Books();
