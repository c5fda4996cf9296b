/** The import on its way. It goes on when its dialog is closed, and says then how it ended. */
import {
  cancelImport,
  getImport,
  startImport,
  type ImportContactsRequest,
  type ImportView,
} from '@waggle/client/directory';
import { ApiError } from '@waggle/client/http';
import { format, t } from '@waggle/i18n';
import { toast } from '@waggle/ui';
import { FileUp } from '@waggle/ui/icons';
import { books } from './books.svelte.ts';

const LOOK_EVERY_MS = 500;

class Imports {
  current = $state.raw<ImportView | null>(null);
  /** The file it reads, for the report. */
  text = '';
  /** Whether the dialog shows it. */
  watched = false;

  async start(bookId: string, file: ImportContactsRequest): Promise<void> {
    this.text = file.format === 'csv' ? file.text : '';
    this.current = await startImport(bookId, file);
    void this.#follow(this.current.id);
  }

  async cancel(): Promise<void> {
    const { current } = this;
    if (!current) return;
    await cancelImport(current.id);
    this.current = await getImport(current.id);
    books.changed();
  }

  clear(): void {
    if (this.current?.state === 'running') return;
    this.current = null;
    this.text = '';
  }

  async #follow(id: string): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      if (this.current?.id !== id) return;
      if (this.current.state !== 'running') return;
      let now: ImportView;
      try {
        now = await getImport(id);
      } catch (error) {
        // Without a connection it is looked at later; gone is gone.
        if (error instanceof ApiError && (error.status === 0 || error.status >= 500)) continue;
        this.current = { ...this.current, state: 'failed' };
        return;
      }
      if (this.current.id !== id) return;
      const moved = now.done !== this.current.done;
      this.current = now;
      if (moved || now.state !== 'running') books.changed();
      if (now.state !== 'running' && !this.watched) {
        toast(`${t('import.done')}: ${resultOf(now)}`, { icon: FileUp });
        this.clear();
      }
    }
  }
}

export function resultOf(view: ImportView): string {
  return t('import.result', {
    added: format.number(view.added),
    updated: format.number(view.updated),
    refused: format.number(view.refused_count),
  });
}

export const imports = new Imports();
