/** Which dialog of the directory is open. The dialogs themselves come when first asked for. */
import type { ContactView, PhonebookView } from '@waggle/client/directory';

export interface ContactWish {
  /** To be changed; a new one without. */
  contact?: ContactView;
  /** Where a new one goes, unless chosen otherwise. */
  book?: string | null;
  name?: string;
}

class Edits {
  contact = $state.raw<ContactWish | null>(null);
  /** A phonebook to be renamed, or a new one. */
  book = $state.raw<{ book: PhonebookView | null } | null>(null);
  importing = $state.raw<PhonebookView | null>(null);
  used = $state(false);

  newContact(wish: ContactWish): void {
    this.used = true;
    this.contact = wish;
  }
  change(contact: ContactView): void {
    this.used = true;
    this.contact = { contact };
  }
  newBook(): void {
    this.used = true;
    this.book = { book: null };
  }
  renameBook(book: PhonebookView): void {
    this.used = true;
    this.book = { book };
  }
  import(book: PhonebookView): void {
    this.used = true;
    this.importing = book;
  }
}

export const edits = new Edits();
