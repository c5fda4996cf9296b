/**
 * Says that a message came to somebody who does not look: a sound, and a notification of the browser. Of several tabs
 * one does it, and not before another tab or device had a moment to read the message.
 */
import type { MessageView } from '@waggle/protocol';
import { t } from '@waggle/i18n';
import { device } from '../../lib/device.svelte.ts';
import { playSound } from '../../lib/sounds.ts';
import { router } from '../../routes.ts';
import { live } from './live.svelte.ts';
import { gist, nameOf, titleOf } from './words.ts';

/** Reading is told within less, so what another window shows is known by then. */
const MOMENT_MS = 900;

let leads = false;
let asked = false;
/** The tab that holds the lock speaks for all; when it closes, the next one gets it. */
function ask(): void {
  if (asked) return;
  asked = true;
  if (!('locks' in navigator)) {
    leads = true;
    return;
  }
  void navigator.locks.request('waggle.news', () => {
    leads = true;
    return new Promise<never>(() => undefined);
  });
}

const looking = (id: string): boolean =>
  document.visibilityState === 'visible' && document.hasFocus() && live.engine.openedId === id;

/** Whether a message is worth a sound: not read by now, of a conversation that is not muted. */
function isNews(message: MessageView): boolean {
  if (!live.running || message.kind !== 'regular' || message.deleted_at !== null) return false;
  const { state } = live.engine.store;
  const conversation = state.conversations.get(message.conversation_id);
  return (
    conversation !== undefined &&
    !conversation.seat.muted &&
    conversation.seat.read_position < message.position &&
    state.me?.status.show !== 'dnd' &&
    !looking(message.conversation_id)
  );
}

/** Hears what others just said. */
export function hearNews(messages: readonly MessageView[]): void {
  ask();
  setTimeout(() => {
    if (!leads) return;
    const news = messages.filter(isNews);
    const mentions = news.some((message) => message.mentions.includes(live.me));
    if (news.length === 0) return;
    // Without a touch of the page a browser keeps sounds until there is one, and then it would be too late.
    if (navigator.userActivation?.hasBeenActive !== false) {
      void playSound(mentions ? 'mention' : 'message').catch(() => undefined);
    }
    if (!document.hasFocus()) for (const message of lastOfEach(news)) notify(message);
  }, MOMENT_MS);
}

function lastOfEach(news: readonly MessageView[]): MessageView[] {
  return [...new Map(news.map((message) => [message.conversation_id, message])).values()];
}

function notify(message: MessageView): void {
  if (!device.notifications || typeof Notification === 'undefined' || Notification.permission !== 'granted')
    return;
  const conversation = live.engine.store.state.conversations.get(message.conversation_id);
  if (!conversation) return;
  const name = nameOf(message.author);
  const title =
    conversation.kind === 'group' ? t('chat.news_in', { name, title: titleOf(conversation) }) : name;
  const body = device.notificationPreview ? gist(message).slice(0, 200) : t('chat.news_message');
  try {
    const shown = new Notification(title, {
      body,
      tag: message.conversation_id,
      icon: '/icon-192.png',
      silent: true,
    });
    shown.onclick = () => {
      window.focus();
      shown.close();
      void router.go('inboxConversation', { conversation: message.conversation_id });
    };
  } catch {
    // Some phones know notifications of service workers only.
  }
}
