/** Two people, two browsers, one conversation: live both ways, there after a reload, whatever happens to the server. */
import type { Server } from '../server.ts';
import { accessible, expect, meet, message, say, test, type Visitor } from '../story.ts';

const NORA = 'Nora Lindqvist';
const TOMAS = 'Tomás Herrera';
/** A client comes back after a pause of at most 30 s. */
const BACK_WITHIN = { timeout: 45_000 };

/** It is there once, for both, now and after a reload. */
async function onceForBoth(nora: Visitor, tomas: Visitor, texts: string[]): Promise<void> {
  for (const again of [false, true]) {
    if (again) await Promise.all([nora.page.reload(), tomas.page.reload()]);
    for (const text of texts) {
      await expect(message(nora.page, TOMAS, text)).toHaveCount(1, BACK_WITHIN);
      await expect(message(tomas.page, NORA, text)).toHaveCount(1, BACK_WITHIN);
    }
  }
}

async function killAndRestart(server: Server): Promise<void> {
  await server.stop('SIGKILL');
  await server.start();
}

test('two people talk', async ({ person }) => {
  const [nora, tomas] = await meet(person, NORA, TOMAS);

  await say(nora.page, 'Is the gripper for Kestrel ready?');
  await expect(message(tomas.page, NORA, 'Is the gripper for Kestrel ready?')).toHaveCount(1);
  await say(tomas.page, 'It left this morning.');
  await expect(message(nora.page, TOMAS, 'It left this morning.')).toHaveCount(1);
  await accessible(nora.page, 'a conversation');

  await onceForBoth(nora, tomas, ['Is the gripper for Kestrel ready?', 'It left this morning.']);
});

test('the server is killed while messages are sent', async ({ demo, person }) => {
  const [nora, tomas] = await meet(person, NORA, TOMAS);
  nora.mayLoseConnection();
  tomas.mayLoseConnection();

  const texts = [1, 2, 3, 4, 5, 6].map((number) => `Crate ${number} of 6 is on the truck`);
  for (const [index, text] of texts.entries()) {
    await say(nora.page, text);
    // Somewhere between the first and the last, without waiting for anything.
    if (index === 2) await demo.stop('SIGKILL');
  }
  await demo.start();
  await onceForBoth(nora, tomas, texts);
});

test('the answer to a send is lost, and the message is there once', async ({ demo, person }) => {
  const [nora, tomas] = await meet(person, NORA, TOMAS);
  nora.mayLoseConnection();
  tomas.mayLoseConnection();

  // The server has kept it; its answer never arrives, because it is killed first.
  let tries = 0;
  await nora.page.route('**/api/conversations/*/messages', async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    tries += 1;
    if (tries > 1) return route.continue();
    expect((await route.fetch()).status()).toBe(200);
    await killAndRestart(demo);
    await route.abort('connectionreset');
  });
  await say(nora.page, 'The customs papers are signed');
  await onceForBoth(nora, tomas, ['The customs papers are signed']);
});

test('a lost connection: what was missed arrives, what was written is sent once', async ({ person }) => {
  const [nora, tomas] = await meet(person, NORA, TOMAS);
  await say(nora.page, 'Before the tunnel');
  await expect(message(tomas.page, NORA, 'Before the tunnel')).toHaveCount(1);

  nora.mayLoseConnection();
  await nora.context.setOffline(true);
  await say(nora.page, 'Written in the tunnel');
  await expect(nora.page.getByText('Will be sent as soon as there is a connection.')).toBeVisible(
    BACK_WITHIN,
  );
  await say(tomas.page, 'Said meanwhile');
  await expect(message(tomas.page, NORA, 'Said meanwhile')).toHaveCount(1);
  await expect(message(nora.page, TOMAS, 'Said meanwhile')).toHaveCount(0);
  await expect(message(tomas.page, NORA, 'Written in the tunnel')).toHaveCount(0);

  await nora.context.setOffline(false);
  await onceForBoth(nora, tomas, ['Before the tunnel', 'Written in the tunnel', 'Said meanwhile']);
});
