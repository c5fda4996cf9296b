/** Where a chosen result leads. */
import { setStatus, type Show } from '@waggle/client/accounts';
import type { MessageHit } from '@waggle/client/directory';
import { t } from '@waggle/i18n';
import { announce } from '@waggle/ui';
import { frame } from '../../frame/frame.svelte.ts';
import { me, session } from '../../lib/session.svelte.ts';
import { router } from '../../routes.ts';
import { attempt } from '../chat/actions.ts';
import { chatState } from '../chat/chatstate.svelte.ts';
import { live } from '../chat/live.svelte.ts';

/** Waits until something is there; screens load lazily. */
async function until(there: () => boolean): Promise<boolean> {
  for (let i = 0; i < 80; i += 1) {
    if (there()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

/** Opens the conversation of a message and shows the message. */
export async function goToMessage(hit: MessageHit): Promise<void> {
  const id = hit.conversation_id;
  const here = router.current?.name === 'inboxConversation' && router.current.params.conversation === id;
  if (!here) {
    await attempt(async () => {
      if (!live.engine.store.state.conversations.has(id)) await live.engine.openConversation(id);
    });
    await router.go('inboxConversation', { conversation: id });
    // The timeline first draws where the reader was; then it can be sent elsewhere.
    await until(
      () =>
        document.querySelector('.timeline [role="article"]') !== null &&
        (live.engine.store.state.windows.get(id)?.messages.length ?? 0) > 0,
    );
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
  chatState.goTo(hit.position);
}

export async function newConversation(): Promise<void> {
  await router.go('inbox', {});
  const name = t('chat.new');
  const entry = () => frame.newItems.find((item) => item.label === name);
  if (await until(() => entry() !== undefined)) entry()?.run?.();
}

export async function changeStatus(show: Show): Promise<void> {
  const before = me();
  session.setMe({ ...before, status: { ...before.status, show } });
  const done = await attempt(async () => session.setMe(await setStatus({ ...before.status, show })));
  if (done) announce(t(`presence.${show}`));
  else session.setMe(before);
}
