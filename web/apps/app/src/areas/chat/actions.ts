/** What a person can do to conversations and messages, with its undo and its apology. */
import type { ConversationView, MessageView } from '@waggle/protocol';
import * as chat from '@waggle/client/chat';
import { newClientId } from '@waggle/client/outbox';
import { t } from '@waggle/i18n';
import { confirm, toast } from '@waggle/ui';
import { Copy, EyeOff, LogOut, Trash2 } from '@waggle/ui/icons';
import { explain } from '../../lib/errors.ts';
import { router } from '../../routes.ts';
import { live } from './live.svelte.ts';
import { titleOf } from './words.ts';

/** Runs something; an error becomes a sentence at the bottom left. Resolves with whether it went well. */
export async function attempt(run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    toast(explain(error), { tone: 'danger' });
    return false;
  }
}

export function toggleReaction(message: MessageView, emoji: string): void {
  const own =
    message.reactions.find((reaction) => reaction.emoji === emoji)?.people.includes(live.me) ?? false;
  void attempt(() => (own ? chat.removeReaction(message.id, emoji) : chat.addReaction(message.id, emoji)));
}

export function togglePin(message: MessageView): void {
  void attempt(() => (message.pinned ? chat.unpinMessage(message.id) : chat.pinMessage(message.id)));
}

export async function deleteMessage(message: MessageView): Promise<void> {
  if (!(await attempt(() => chat.deleteMessage(message.id)))) return;
  toast(t('chat.message_deleted'), {
    icon: Trash2,
    action: {
      label: t('ui.undo'),
      run: () =>
        void attempt(async () => live.take(await chat.restoreMessage(message.id), 'message.restored')),
    },
  });
}

export function removePreview(message: MessageView): void {
  void attempt(() => chat.removePreview(message.id));
}

export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(t('chat.copied'), { icon: Copy });
  } catch {
    toast(t('chat.copy_failed'), { tone: 'danger' });
  }
}

export function togglePinned(conversation: ConversationView): void {
  void attempt(() => chat.changeSeat(conversation.id, { pinned: conversation.seat.pinned_at === null }));
}

export function toggleMuted(conversation: ConversationView): void {
  void attempt(() => chat.changeSeat(conversation.id, { muted: !conversation.seat.muted }));
}

export async function toggleHidden(conversation: ConversationView, open: string | null): Promise<void> {
  const hide = !conversation.seat.hidden;
  if (!(await attempt(() => chat.changeSeat(conversation.id, { hidden: hide })))) return;
  if (!hide) return;
  if (open === conversation.id) void router.go('inbox', {});
  toast(t('chat.hidden_toast'), {
    icon: EyeOff,
    action: {
      label: t('ui.undo'),
      run: () => void attempt(() => chat.changeSeat(conversation.id, { hidden: false })),
    },
  });
}

export function readAll(conversation: ConversationView): void {
  live.engine.markRead(conversation.id, conversation.position);
}

export async function leave(conversation: ConversationView, open: string | null): Promise<void> {
  const title = titleOf(conversation);
  // Leaving the last place makes a conversation unreachable for good once the undo has run out.
  if (conversation.participant_count === 1) {
    const yes = await confirm({
      title: t('chat.leave_last_title', { title }),
      text: t('chat.leave_last_text'),
      action: t('chat.leave'),
      danger: true,
    });
    if (!yes) return;
  }
  if (!(await attempt(() => chat.leaveConversation(conversation.id)))) return;
  if (open === conversation.id) void router.go('inbox', {});
  toast(t('chat.left_toast', { title }), {
    icon: LogOut,
    action: {
      label: t('ui.undo'),
      run: () =>
        void attempt(async () => {
          const back = await chat.returnToConversation(conversation.id);
          live.engine.store.addConversations([back]);
          if (open === conversation.id)
            void router.go('inboxConversation', { conversation: conversation.id });
        }),
    },
  });
}

/** Opens the one conversation with a person. */
export async function openDirect(personId: string): Promise<boolean> {
  return attempt(async () => {
    const conversation = await chat.openDirect(personId);
    live.engine.store.addConversations([conversation]);
    await router.go('inboxConversation', { conversation: conversation.id });
  });
}

export async function createGroup(title: string, people: string[], clientId: string): Promise<void> {
  const conversation = await chat.createConversation({
    client_id: clientId,
    title,
    description: null,
    people,
  });
  live.engine.store.addConversations([conversation]);
  await router.go('inboxConversation', { conversation: conversation.id });
}

export { newClientId };
