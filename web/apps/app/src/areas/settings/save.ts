import { changeProfile, type ChangeMeRequest } from '@waggle/client/accounts';
import { toast } from '@waggle/ui';
import { explain } from '../../lib/errors.ts';
import { me, session } from '../../lib/session.svelte.ts';

/** Shows a change at once and keeps it on the server; takes it back, and says so, when that fails. */
export async function saveProfile(change: ChangeMeRequest): Promise<boolean> {
  const before = me();
  const { account } = before;
  session.setMe({
    ...before,
    account: {
      ...account,
      name: change.name ?? account.name,
      theme: change.theme ?? account.theme,
      title: cleared(change.title, account.title),
      language: cleared(change.language, account.language),
      time_zone: cleared(change.time_zone, account.time_zone),
    },
  });
  try {
    session.setMe(await changeProfile(change));
    return true;
  } catch (error) {
    session.setMe(before);
    toast(explain(error), { tone: 'danger' });
    return false;
  }
}

/** Absent stays, empty removes. */
function cleared(next: string | undefined, before: string | null): string | null {
  return next === undefined ? before : next || null;
}
