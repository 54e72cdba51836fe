import type { BrowserContext, Page } from 'playwright-core';
import { type Api, newKey, PASSWORD } from '../flow/api-fixture.js';
import { MailServer } from '../support/mail-server.js';
import { axeViolations, describeInChromium, until } from './browser.js';
import { platformInChromium } from './platform.js';

const SHOTS = process.env['VIGIL_TEST_SHOTS'];
const ZONE = 'Europe/Vienna';
/** A Friday; the clock goes on in the night to Sunday. */
const START = Date.parse('2026-03-27T11:00Z');

const content = (participants: readonly string[], more: object = {}) => ({
  ...{ v: 1, label: 'Physicians', careUnitId: 'icu', timeZone: ZONE },
  rotations: [
    {
      ...{ rotationId: 'first', label: 'First', unit: 'day', every: 1, startDate: '2026-01-01', handoverTime: '07:00' },
      ...{ participants, ...more },
    },
  ],
});

/** The real platform: turns, swaps and policies by people in browsers of their own, mails by a real mail server. */
describeInChromium('on call, in Chromium with the real platform', () => {
  const mail = new MailServer();
  const env: Record<string, string> = { VIGIL_SECOND_FACTOR_ROLES: 'none' };
  beforeAll(async () => {
    env['SMTP_URL'] = await mail.start();
  });
  afterAll(() => mail.stop());
  const at = platformInChromium(env, { pagers: 'as set up', startMs: START });
  let api: Api;
  const contexts: BrowserContext[] = [];

  beforeAll(() => {
    api = at.api;
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
  });

  async function signIn(page: Page, username: string): Promise<void> {
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator('.button.user').waitFor();
  }
  async function visit(username: string, path: string, viewport = { width: 1280, height: 800 }): Promise<Page> {
    const { page } = await at.open(path, viewport);
    await signIn(page, username);
    return page;
  }
  /** A second person at another machine. */
  async function beside(page: Page, username: string, path: string): Promise<Page> {
    const context = await page
      .context()
      .browser()!
      .newContext({ viewport: { width: 390, height: 844 } });
    contexts.push(context);
    context.setDefaultTimeout(10_000);
    const other = await context.newPage();
    await other.goto(at.url + path);
    await signIn(other, username);
    return other;
  }
  /** What sticks out of the page at the side, but for what scrolls by itself. */
  const tooWide = (page: Page, width: number): Promise<string[]> =>
    page.evaluate(`[...document.querySelectorAll('#screen *')]
      .filter((e) => e.getBoundingClientRect().right > ${width} && !e.closest('.table-pane'))
      .map((e) => e.tagName + '.' + e.className).slice(0, 12)`);
  async function shot(page: Page, name: string): Promise<void> {
    if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
  }
  async function made(scheduleId: string, body: object): Promise<void> {
    const headers = { 'idempotency-key': newKey() };
    const path = '/api/v1/on-call/schedules';
    const answer = await api.call('POST', path, { as: await api.token('carol'), headers, body: { scheduleId, content: body } });
    expect(answer.status).toBe(201);
  }

  test('a first schedule is made: four weeks are seen with their gaps before it is saved, and the short day says so', async () => {
    const page = await visit('carol', '/on-call/rota');
    await page.getByText('This care unit has no on-call schedule').waitFor();
    await page.getByRole('button', { name: 'New schedule' }).click();
    await page.getByLabel('Short name').fill('physicians');
    await page.getByLabel('Name', { exact: true }).fill('Physicians');
    await page.getByLabel('Time zone').fill(ZONE);
    await page.getByRole('button', { name: 'See the next four weeks' }).click();
    await page.getByText(/Rotation 1: a name is missing\. Rotation 1: nobody is in it\./).waitFor();
    await page.getByLabel('Name of the rotation').fill('First');
    await page.getByLabel('Add a person').selectOption({ label: 'Amy Nurse' });
    await page.getByLabel('Add a person').selectOption({ label: 'Ben Nurse' });
    await page.getByRole('button', { name: 'Only at certain times' }).click();
    await page.getByRole('button', { name: 'See the next four weeks' }).click();
    await page.getByText('The next four weeks, if you save this').waitFor();
    await page.getByText('Fri 27 Mar 12:00–19:00: nobody').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await shot(page, 'schedule-editor');
    // What is changed after the look is looked at again.
    await page.getByRole('button', { name: 'Remove times 1' }).click();
    await page.getByText('look again before you save').waitFor();
    expect(await page.getByRole('button', { name: /^Save/ }).count()).toBe(0);
    await page.getByRole('button', { name: 'See the next four weeks' }).click();
    await page.getByText('23 h: the clock changes').waitFor();
    await page.getByRole('button', { name: 'Save: it holds from now on' }).click();
    await page.getByText(`Times of ${ZONE}`).waitFor();
    await page.getByRole('table').getByText('Ben Nurse').first().waitFor();
  }, 60_000);

  test('a week with a gap says so in words and hatched; an override closes it, seen before it is made', async () => {
    await made('seniors', { ...content(['carol'], { endDate: '2026-03-31' }), label: 'Seniors' });
    const page = await visit('carol', '/on-call/rota?schedule=seniors&week=2026-03-30');
    await page.getByRole('heading', { name: '1 time with nobody on call' }).waitFor();
    await page.getByText('Tue 31 Mar 07:00 – Mon 6 Apr 00:00: nobody').waitFor();
    expect(await page.locator('td[data-gap=true]').count()).toBe(6);
    expect(await axeViolations(page)).toEqual([]);
    await shot(page, 'rota-gap');
    await page.getByRole('button', { name: /^Fill ?: Tue 31 Mar/ }).click();
    await page.getByRole('button', { name: 'See what it would mean' }).click();
    await page.getByText('Choose a person.').waitFor();
    await page.getByLabel('Who is on call').selectOption({ label: 'Amy Nurse' });
    await page.getByLabel('Until, day').fill('2026-04-02');
    await page.getByRole('button', { name: 'See what it would mean' }).click();
    await page.getByText(/It leaves no time without somebody on call/).waitFor();
    await page.getByText(/It closes: Tue 31 Mar 07:00/).waitFor();
    await shot(page, 'override');
    await page.getByRole('button', { name: 'Make the override' }).click();
    await page.getByText('Amy Nurse as well', { exact: true }).waitFor();
    await page.getByText('Thu 2 Apr 00:00 – Mon 6 Apr 00:00: nobody').waitFor();

    // Taking it back says first what it leaves behind.
    await page.getByRole('button', { name: /^Take back ?: Amy Nurse as well/ }).click();
    await page.getByText(/Nobody would be on call then: Tue 31 Mar 07:00/).waitFor();
    await page.getByRole('button', { name: 'Yes, take it back' }).click();
    await page.getByText(/taken back by Carol Charge/).waitFor();
    await page.getByText('Tue 31 Mar 07:00 – Mon 6 Apr 00:00: nobody').waitFor();
  }, 60_000);

  test('what a second planner has saved while the editor is open is not written over, nor retired', async () => {
    await made('juniors', { ...content(['amy']), label: 'Juniors' });
    const path = '/api/v1/on-call/schedules';
    const kept = async () => {
      const { body } = await api.call('GET', `${path}?careUnit=icu`, { as: await api.token('carol') });
      const { items } = body as { items: { scheduleId: string; rev: number; content: { label: string } }[] };
      const { rev, content: of } = items.find(({ scheduleId }) => scheduleId === 'juniors')!;
      return [rev, of.label];
    };
    const page = await visit('carol', '/on-call/rota?schedule=juniors');
    await page.getByRole('button', { name: 'Change the schedule' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Juniors of the night');
    await page.getByRole('button', { name: 'See the next four weeks' }).click();
    await page.getByText('The next four weeks, if you save this').waitFor();

    // As after a line that was lost for a moment: the page asks anew, behind the editor.
    const asked = page.waitForResponse((answer) => answer.url().includes(`${path}?careUnit=`), { timeout: 30_000 });
    const headers = { 'idempotency-key': newKey(), 'if-match': '"1"' };
    const theirs = { content: { ...content(['ben']), label: 'Juniors of the day' } };
    const saved = await api.call('PUT', `${path}/juniors`, { as: await api.token('carol'), headers, body: theirs });
    expect(saved.status).toBe(200);
    await page.evaluate("document.dispatchEvent(new Event('resume'))");
    expect(await (await asked).text()).toContain('Juniors of the day');
    await page.waitForTimeout(300);

    await page.getByRole('button', { name: 'Save: it holds from now on' }).click();
    await page.getByText(/^NOT SAVED: somebody else has changed this schedule/).waitFor();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Juniors of the night');
    expect(await kept()).toEqual([2, 'Juniors of the day']);
    await page.getByRole('button', { name: 'Retire the schedule' }).click();
    await page.getByRole('button', { name: 'Yes, retire the schedule' }).click();
    await page.getByText(/^NOT SAVED: somebody else has changed this schedule/).waitFor();
    expect(await kept()).toEqual([2, 'Juniors of the day']);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Change the schedule' }).click();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Juniors of the day');
  }, 60_000);

  test('the grid is walked by arrows, and the day on which the clock goes on has 23 hours', async () => {
    const page = await visit('carol', '/on-call/rota?schedule=physicians&week=2026-03-25');
    await page.getByText('23 h: the clock changes').waitFor();
    const turns = page.locator('.rota button.turn');
    await turns.first().focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate('document.activeElement.closest("td").cellIndex')).toBe(
      1 +
        (await turns.first().evaluate((turn) => (turn.closest('td') as { readonly cellIndex: number } | null)?.cellIndex ?? NaN)),
    );
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'New override' }).waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('New override');
    await page.setViewportSize({ width: 320, height: 700 });
    expect(await tooWide(page, 320)).toEqual([]);
  }, 40_000);

  test('two people swap a turn: nothing changes before the second agrees, and a note is left for the next', async () => {
    const page = await visit('amy', '/on-call/rota?schedule=physicians');
    await page.getByText('Ask for a swap').click();
    await page.getByLabel('My turn').selectOption({ index: 1 });
    await page.getByLabel('Who shall take it').selectOption({ label: 'Ben Nurse' });
    await page.getByLabel('For one of theirs').selectOption({ index: 2 });
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByText('Asked. Nothing changes until Ben Nurse agrees.').waitFor();
    await page.getByText(/^You ask Ben Nurse to take/).waitFor();
    await page.getByLabel('For the next shift').fill('Bed 3: <b>new pump</b>\nICU 2 quiet');
    await page.getByRole('button', { name: 'Leave the note' }).click();
    await page.getByText('The note is kept.').waitFor();
    expect(await axeViolations(page)).toEqual([]);

    const other = await beside(page, 'ben', '/on-call/rota?schedule=physicians');
    await other.getByText('<b>new pump</b>').waitFor();
    await other.getByText(/^Amy Nurse asks you to take/).waitFor();
    expect(await axeViolations(other)).toEqual([]);
    await shot(other, 'swaps-phone');
    await other.getByRole('button', { name: 'Agree the swap with Amy Nurse' }).click();
    await other.getByText('agreed: the turns have changed hands').waitFor();
    await page.reload();
    await page.getByText('agreed: the turns have changed hands').waitFor();
    await page.locator('.turn .tag').first().waitFor();

    // Whoever has the turn now is told of the note where they look first.
    await other.goto(`${at.url}/on-call`);
    await other.getByRole('heading', { name: 'On duty now' }).waitFor();
    const notices = await Promise.all(
      [page, other].map(async (each) => {
        await each.goto(`${at.url}/on-call`);
        await each.getByRole('row', { name: /Physicians/ }).waitFor();
        return each.getByText(/There is a hand-over note of/).count();
      }),
    );
    expect(notices[0]! + notices[1]!).toBeGreaterThan(0);
  }, 90_000);

  test('Now shows the chain with people and how each is reached, on a phone too; nobody on call is loud', async () => {
    await made('night', { ...content(['carol'], { startDate: '2026-06-01' }), label: 'Night' });
    const page = await visit('carol', '/on-call', { width: 390, height: 844 });
    await page
      .getByRole('alert')
      .getByText(/NOBODY is on call by Night/)
      .waitFor();
    await page.locator('.chain-steps').getByText('Amy Nurse').first().waitFor();
    await page.locator('.chain-steps').getByText('after 30 s').first().waitFor();
    await page.locator('.way-chip').first().waitFor();
    await page.getByText('No alarm is being passed on now.').waitFor();
    expect(await tooWide(page, 390)).toEqual([]);
    expect(await axeViolations(page)).toEqual([]);
    await shot(page, 'now-phone');
    await page.setViewportSize({ width: 1920, height: 1080 });
    await shot(page, 'now-wide');
    // The server can't be asked for a moment: nobody is on call still.
    await page.route('**/api/v1/on-call/now?*', (route) => route.abort());
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.getByText(/What stands here is as it was at/).waitFor();
    expect(await page.getByText(/NOBODY is on call by Night/).isVisible()).toBe(true);
  }, 60_000);

  test('a policy is changed by two people: simulated before it is proposed, never approved by who proposed it', async () => {
    const page = await visit('carol', '/on-call/policies');
    await page.getByRole('button', { name: 'Change who is told' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Physicians first');
    await page.getByLabel('Told, 1').first().selectOption({ label: 'Physicians' });
    expect(await axeViolations(page)).toEqual([]);
    await shot(page, 'policy-form');
    await page.getByRole('button', { name: 'As text' }).click();
    await page.getByLabel('The file').fill('{"v":1}');
    await page.getByRole('button', { name: 'Keep as a draft' }).click();
    await page.getByText(/This is not a policy: /).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();

    await page.getByRole('button', { name: 'Change who is told' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Physicians first');
    await page.getByLabel('Told, 1').first().selectOption({ label: 'Physicians' });
    await page.getByRole('button', { name: 'Keep as a draft' }).click();
    await page.getByRole('heading', { name: 'Physicians first – draft' }).waitFor();
    await page.locator('.diff li[data-kind=added]').first().waitFor();
    await page.getByText('Simulate the last 7 days first.').waitFor();
    expect(await page.getByRole('button', { name: 'Propose' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Simulate the last 7 days' }).click();
    await page.getByText('There was no alarm in these days').waitFor();
    await page.getByLabel('Why').fill('Nurses are paged for what they see');
    await page.getByRole('button', { name: 'Propose' }).click();
    await page.getByText('Proposed. A second person has to approve it.').waitFor();
    await page.getByText('You have proposed this').waitFor();
    expect(await page.getByRole('button', { name: 'Approve' }).isDisabled()).toBe(true);
    expect(await axeViolations(page)).toEqual([]);
    await shot(page, 'policy-detail');

    const other = await beside(page, 'dan', new URL(page.url()).pathname + new URL(page.url()).search);
    await other.getByRole('heading', { name: /Physicians first – proposed/ }).waitFor();
    await other.getByRole('button', { name: 'Approve' }).click();
    await other.getByText('Say why.').waitFor();
    await other.getByLabel('Why').fill('Agreed in the team');
    await other.getByRole('button', { name: 'Approve' }).click();
    await other.getByText(/Approved\. It is not in force/).waitFor();
    await other.getByLabel('Why').fill('From tonight on');
    await other.getByRole('button', { name: 'Put into force now' }).click();
    await other.getByText('In force, for escalations that begin from now on.').waitFor();

    await page.goto(`${at.url}/on-call`);
    await page.getByText('Physicians first').waitFor();
    await page.getByText('Approved by two people.').waitFor();
  }, 90_000);

  test('a way is added and confirmed by the code of its mail, a test page shows its ladder', async () => {
    const page = await visit('amy', '/on-call/test', { width: 390, height: 844 });
    await page.getByText('Nothing of late has shown that a page reaches you').waitFor();
    await page.getByText('Add a way').click();
    await page.getByLabel('By', { exact: true }).selectOption({ label: 'e-mail' });
    await page.getByLabel('E-mail address').fill('amy.private@hospital.test');
    await page.getByLabel('What you call it').fill('my own');
    await page.getByRole('button', { name: 'Add it' }).click();
    await page.getByText('not confirmed: no page goes there').waitFor();
    expect(await page.content()).not.toContain('amy.private');
    await page.getByRole('button', { name: /^Send the code ?: my own/ }).click();
    await page.getByText('A code of six digits is on its way').waitFor();
    await until(() => mail.mails.length > 0, 'the mail with the code');
    const code = /code is (\d{6})/.exec(mail.mails[0]!.text.replace(/=\r\n/g, ''))![1]!;
    await page.getByLabel('Code').fill('12');
    await page.getByRole('button', { name: 'Confirm with this code' }).click();
    await page.getByText('Enter the six digits.').waitFor();
    await page.getByLabel('Code').fill(code === '000000' ? '000001' : '000000');
    await page.getByRole('button', { name: 'Confirm with this code' }).click();
    await page.getByText('The code is wrong').waitFor();
    await page.getByLabel('Code').fill(code);
    await page.getByRole('button', { name: 'Confirm with this code' }).click();
    await page.getByText('Pages reach you.').waitFor();
    expect(await axeViolations(page)).toEqual([]);

    await page.getByText('In which order').click();
    await page.getByRole('group', { name: 'High priority' }).getByRole('button', { name: 'my own earlier' }).click();
    await page.getByRole('button', { name: 'Keep this order' }).click();
    await page.getByText('The order is kept.').waitFor();
    await page.getByRole('button', { name: 'Send a test page' }).click();
    await page.getByText(/^TEST to Amy Nurse/).waitFor();
    await page
      .locator('.rungs li[data-known=true]')
      .getByText(/^sent /)
      .first()
      .waitFor();
    await page.getByText('Nobody has heard yet whether it arrived').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await shot(page, 'test-phone');
    await page.getByRole('button', { name: 'Send a test page' }).click();
    await page.getByText(/Too many tries/).waitFor();
    expect(mail.mails.filter(({ text }) => text.includes('this is a test page'))).toHaveLength(2);
  }, 60_000);
});
