import { changeProfile, type ProfileChange } from '@waggle/client/accounts';
import { toast } from '@waggle/ui';
import { explain } from '../../lib/errors.ts';
import { me, session } from '../../lib/session.svelte.ts';

/** Shows a change at once and keeps it on the server; takes it back, and says so, when that fails. */
export async function saveProfile(change: ProfileChange): Promise<boolean> {
  const before = me();
  session.setMe({ ...before, account: { ...before.account, ...change } });
  try {
    session.setMe(await changeProfile(change));
    return true;
  } catch (error) {
    session.setMe(before);
    toast(explain(error), { tone: 'danger' });
    return false;
  }
}
