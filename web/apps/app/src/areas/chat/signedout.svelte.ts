/** Signing out on this page forgets the account on this device. */
import { untrack } from 'svelte';
import { frame } from '../../frame/frame.svelte.ts';
import { session } from '../../lib/session.svelte.ts';
import { unreadTitle } from '../../lib/title.ts';
import { live } from './live.svelte.ts';

let watching = false;

/** Starts watching once for the whole page, outside of any component: areas come and go, the connection stays. */
export function watchSession(): void {
  if (watching) return;
  watching = true;
  $effect.root(() => {
    $effect(() => {
      if (session.me !== null || session.phase === 'loading') return;
      untrack(() => {
        if (live.running) live.stop();
        frame.setBadge('inbox', 0, '');
        unreadTitle(0);
      });
    });
  });
}
