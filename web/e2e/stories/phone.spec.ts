/** The whole way on a phone: a finger, 390 × 844, one pane at a time. */
import { expect, field, inboxIsThere, message, messages, openDirect, row, test } from '../story.ts';

test('a phone signs in, reads, writes, reacts, finds and leaves', async ({ demo, browserOf, person }) => {
  const tomas = await person('Tomás Herrera');
  await openDirect(tomas.page, 'Nora Lindqvist');
  const { page } = await browserOf(demo, {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  });
  // A phone shakes briefly when it has been held long enough.
  await page.addInitScript(() => {
    navigator.vibrate = () => {
      document.documentElement.dataset['felt'] = 'yes';
      return true;
    };
  });
  await page.goto('/');
  await page
    .getByRole('region', { name: 'Demo: sign in as' })
    .getByRole('button', { name: 'Nora Lindqvist' })
    .tap();
  await page.getByRole('button', { name: 'Use this code' }).tap();
  await inboxIsThere(page);

  // Into a conversation: the bar below makes room.
  await row(page, 'Tomás Herrera').tap();
  await expect(messages(page, 'Tomás Herrera')).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Areas' })).toBeHidden();
  await field(page).fill('On my way');
  await page.getByRole('button', { name: 'Send', exact: true }).tap();
  await expect(message(tomas.page, 'Nora Lindqvist', 'On my way')).toHaveCount(1);

  // A long press brings what a mouse finds by pointing.
  const own = message(page, 'Tomás Herrera', 'On my way');
  // Nothing below it moves any more.
  await expect(own).toContainText('Read');
  const box = await own.boundingBox();
  if (!box) throw new Error('the message is not on screen');
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const finger = await page.context().newCDPSession(page);
  await finger.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [at] });
  await page.waitForFunction(() => document.documentElement.dataset['felt'] === 'yes');
  await finger.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await page.getByRole('menuitem', { name: 'React' }).tap();
  await page
    .getByRole('dialog', { name: 'Emoji' })
    .getByRole('button', { name: '🚀' })
    .or(page.getByRole('dialog', { name: 'Emoji' }).getByRole('button', { name: 'rocket' }))
    .first()
    .tap();
  await expect(
    message(tomas.page, 'Nora Lindqvist', 'On my way').getByRole('button', { name: /^🚀, 1/ }),
  ).toBeVisible();

  // Back is back, by the arrow and by the browser.
  await page.getByRole('button', { name: 'Back to the list' }).tap();
  await inboxIsThere(page);
  await page.getByRole('link', { name: 'Contacts' }).tap();
  await page.getByRole('link', { name: /Amara Okafor/ }).tap();
  await expect(page.getByRole('heading', { name: 'Amara Okafor', level: 1 })).toBeVisible();
  await page.getByRole('button', { name: 'Send message' }).tap();
  await expect(messages(page, 'Amara Okafor')).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Amara Okafor', level: 1 })).toBeVisible();

  await page.getByRole('link', { name: 'Inbox' }).tap();
  await page
    .getByRole('button', { name: 'Search and commands' })
    .or(page.getByText('Search people and messages'))
    .first()
    .tap();
  await page.getByRole('combobox', { name: 'Search and commands' }).fill('on my way');
  await page
    .getByRole('option', { name: /On my way/ })
    .first()
    .tap();
  await expect(own).toBeInViewport();
  await page.goBack();

  await page.getByRole('link', { name: 'Settings' }).tap();
  await page.getByRole('link', { name: 'Appearance' }).tap();
  await page.getByRole('radio', { name: 'Dark' }).tap();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.getByRole('link', { name: 'Back' }).tap();
  await page.getByRole('button', { name: 'Your status and account' }).tap();
  await page.getByRole('menuitem', { name: 'Log out' }).tap();
  await expect(page.getByRole('heading', { name: 'Sign in to Acme Robotics' })).toBeVisible();
});
