/** What the parts of a conversation's screen share: what is being answered, edited, picked or looked up. */
import type { ConversationView, MessageView } from '@waggle/protocol';

class ChatState {
  /** The message being answered, per conversation on screen. */
  quote = $state.raw<MessageView | null>(null);
  /** The own message being changed. */
  edit = $state.raw<MessageView | null>(null);
  forward = $state.raw<MessageView | null>(null);
  /** The conversation to be exported. */
  exporting = $state.raw<ConversationView | null>(null);
  history = $state.raw<MessageView | null>(null);
  /** The emoji picker: where it stands and who waits for the emoji. */
  emoji = $state.raw<{ anchor: HTMLElement; pick: (emoji: string) => void } | null>(null);
  /** Asks the timeline to show a place. */
  jump = $state.raw<{ position: number; at: number } | null>(null);
  /** People listed on screen beyond those of the conversations: their presence is watched. */
  listed = $state.raw<readonly string[]>([]);
  /** Asks the composer to take the focus. */
  focus = $state(0);

  reset(): void {
    this.quote = null;
    this.edit = null;
    this.emoji = null;
    this.jump = null;
  }

  answer(message: MessageView): void {
    this.edit = null;
    this.quote = message;
    this.focus += 1;
  }

  change(message: MessageView): void {
    this.quote = null;
    this.edit = message;
    this.focus += 1;
  }

  goTo(position: number): void {
    this.jump = { position, at: Date.now() };
  }
}

export const chatState = new ChatState();
