/** The export on its way. It goes on when its dialog is closed or the page is left, and is found again. */
import type { CreateExportRequest, ExportView } from '@waggle/protocol';
import * as chat from '@waggle/client/chat';
import { ApiError } from '@waggle/client/http';
import { t } from '@waggle/i18n';
import { toast } from '@waggle/ui';
import { Download } from '@waggle/ui/icons';

const LOOK_EVERY_MS = 700;

class Exports {
  current = $state.raw<ExportView | null>(null);
  /** Whether the dialog shows it. */
  watched = false;

  /** Finds an export that began before this page was opened. */
  async find(conversationId: string): Promise<void> {
    if (this.current) return;
    const all = await chat.listExports();
    const found =
      all.find((one) => one.state === 'running') ?? all.find((one) => one.conversation_id === conversationId);
    if (!found || this.current) return;
    this.current = found;
    if (found.state === 'running') void this.#follow(found.id);
  }

  async start(
    conversationId: string,
    format: CreateExportRequest['format'],
    language: string,
  ): Promise<void> {
    this.current = await chat.createExport(conversationId, {
      format,
      language,
      offset_minutes: -new Date().getTimezoneOffset(),
    });
    void this.#follow(this.current.id);
  }

  /** Ends it, or removes what it made. */
  async cancel(): Promise<void> {
    const { current } = this;
    this.current = null;
    if (current) await chat.cancelExport(current.id);
  }

  forget(): void {
    this.current = null;
  }

  async #follow(id: string): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      if (this.current?.id !== id) return;
      let now: ExportView;
      try {
        now = await chat.getExport(id);
      } catch (error) {
        // Without a connection it is looked at later; gone is gone.
        if (error instanceof ApiError && (error.status === 0 || error.status >= 500)) continue;
        if (this.current.id === id) this.current = { ...this.current, state: 'failed' };
        return;
      }
      if (this.current.id !== id) return;
      this.current = now;
      if (now.state === 'running') continue;
      if (!this.watched && now.state === 'done') {
        toast(t('chat.export_done', { name: now.name }), { icon: Download });
      }
      return;
    }
  }
}

export const exports = new Exports();
