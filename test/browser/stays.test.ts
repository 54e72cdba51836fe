import { mkdirSync } from 'node:fs';
import { BedId } from '@vigil/contracts';
import { decideFeed } from '@vigil/domain';
import type { Page } from 'playwright-core';
import { changeOf, messageOf, moveOf, PAULA } from '../contract/feed-messages.js';
import { type Api, newKey } from '../flow/api-fixture.js';
import { axeViolations, describeInChromium, type Opened } from './browser.js';
import { platformInChromium } from './platform.js';
import { Bedside, signIn, writesOf } from './stays-ward.js';

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 800 };
const SHOTS = process.env['VIGIL_TEST_SHOTS'];
/** Markup, and a character that would turn the rest of the line round. */
const BAD_NAME = '<img src=x onerror="window.__hit=1"><script>window.__hit=1</script>\u202eEVIL';

describeInChromium('a shift: who lies where and what watches them, in Chromium with the real platform', () => {
  const at = platformInChromium({ VIGIL_SECOND_FACTOR_ROLES: 'none', VIGIL_REQUESTS_PER_S: '1000' });
  let api: Api;
  let opened: Opened;
  let page: Page;
  let bedside: Bedside;

  beforeAll(() => {
    api = at.api;
    bedside = new Bedside(api);
    bedside.measures('sim-icu-1', 'icu-1', 71);
    bedside.measures('sim-icu-2', 'icu-2', 82);
    bedside.start();
  });
  afterAll(() => bedside.stop());

  async function as(username: string, path: string, viewport = DESK): Promise<void> {
    opened = await at.open(path, viewport);
    page = opened.page;
    await signIn(page, username);
  }

  /** A photograph for people to look at, and what axe finds. */
  async function look(name: string): Promise<void> {
    if (SHOTS) {
      mkdirSync(SHOTS, { recursive: true });
      await page.screenshot({ path: `${SHOTS}/stays-${name}.png`, fullPage: true });
    }
    expect(await axeViolations(page)).toEqual([]);
    // What stands around the screen has its own tests.
    expect(
      await page.evaluate(
        "[...document.querySelectorAll('#screen *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.table-pane')).map((e) => e.className || e.tagName)",
      ),
    ).toEqual([]);
    expect(await page.evaluate('window.__hit')).toBeUndefined();
  }

  const find = async (mrn: string, familyName = '', birthDate = ''): Promise<void> => {
    await page.getByLabel('Record number', { exact: true }).fill(mrn);
    await page.getByLabel('Family name', { exact: true }).fill(familyName);
    await page.getByLabel('Date of birth', { exact: true }).fill(birthDate);
    await page.getByRole('button', { name: 'Find', exact: true }).click();
  };
  const wristband = () => page.getByLabel('From the wristband: record number or date of birth');
  const press = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' }).click();
  const encounterIn = async (bedId: string) => (await api.stores.directory.bed(BedId.parse(bedId)))?.encounter ?? null;
  const tile = (bedId: string) => page.locator(`.tile[data-bed-id=${bedId}]`);

  test('a taken bed and a device at another bed block; both people are shown, and nothing is written', async () => {
    await as('carol', '/admit?bed=icu-1');
    const writes = writesOf(page);
    await find('M2');
    await page.getByText('There is a record, of a patient whom you do not treat yet.').waitFor();
    await find('M2', 'Testman', '1960-01-02');
    await page.getByText('Nobody was found.').waitFor();
    await find('M2', 'Probe', '1950-03-04');
    await page.getByText('PROBE', { exact: true }).waitFor();
    await look('find');
    await press('This person');
    await page.getByRole('heading', { name: 'ICU 1 is taken' }).waitFor();
    const taken = page.locator('.collision');
    for (const each of ['TESTMAN, Tim', 'born 02-Jan-1960', 'PROBE', 'born 04-Mar-1950']) await taken.getByText(each).waitFor();
    expect(await page.getByRole('button', { name: 'Next', exact: true }).count()).toBe(0);
    await look('bed-taken');
    await page.getByLabel('To which bed').selectOption('icu-2');
    await press('Next');
    await page.getByText('stands at this bed').waitFor();
    await page.getByLabel('Scan or type the device').fill('no-such-device');
    await page.keyboard.press('Enter');
    await page.getByText('No device no-such-device is known here.').waitFor();
    await page.getByLabel('Scan or type the device').fill('SIM-ICU-1');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'sim-icu-1 stands at ICU 1' }).waitFor();
    await page.locator('.collision').getByText('TESTMAN, Tim').waitFor();
    await press('Take it from there');
    await page.getByText('NOT SENT. Say why').waitFor();
    await look('device-taken');
    await press('Leave it there');
    expect(writes).toEqual([]);
    expect([await encounterIn('icu-2'), (await encounterIn('icu-1'))?.patientId]).toEqual([null, 'pat-1']);
  }, 60_000);

  test('an admission on a phone, by keyboard alone; no wrong identifier sends anything; the values come under the right name', async () => {
    await as('carol', '/admit?bed=icu-2', PHONE);
    const writes = writesOf(page);
    await page.getByLabel('Record number', { exact: true }).waitFor();
    await look('phone-patient');
    await page.getByLabel('Record number', { exact: true }).focus();
    await page.keyboard.type('M2');
    await page.keyboard.press('Tab');
    await page.keyboard.type('probe');
    await page.getByLabel('Date of birth', { exact: true }).fill('1950-03-04');
    await page.getByRole('button', { name: 'Find', exact: true }).press('Enter');
    await page.getByRole('button', { name: 'This person' }).press('Enter');
    await page.getByRole('button', { name: 'Next', exact: true }).press('Enter');
    await page.getByText('stands at this bed').waitFor();
    await page.getByRole('button', { name: 'Next', exact: true }).press('Enter');
    await page.getByText('Do these values belong to this patient?').waitFor();
    await page.locator('.check-values').getByText('82').waitFor();
    const match = page.getByRole('button', { name: 'Yes, values and serial number match' });
    await match.press('Enter');
    await look('phone-check');
    await page.getByText('Looked at long enough.').waitFor({ timeout: 15_000 });
    await match.press('Enter');
    for (const wrong of ['M1', 'PROBE', '04031950', 'icu-2']) {
      await wristband().fill(wrong);
      await wristband().press('Enter');
      await page.getByText('NOT SENT. Scan or type').waitFor();
    }
    expect(writes).toEqual([]);
    await look('phone-confirm');
    await wristband().fill('m2');
    await wristband().press('Enter');
    await page.getByText('ADMITTED to ICU 2.').waitFor();
    await look('phone-done');
    expect(writes).toEqual(['POST /api/v1/encounters']);
    expect((await encounterIn('icu-2'))?.patientId).toBe('pat-2');
    await page.getByRole('link', { name: 'To the beds' }).press('Enter');
    await tile('icu-2').getByText('PROBE, Paula').waitFor();
    await tile('icu-2').locator('[data-cell=hr]').getByText('82').waitFor();
    expect(await tile('icu-1').innerText()).not.toContain('PROBE');
  }, 90_000);

  test('a double press sends one command, and silence is told apart from a refusal', async () => {
    await as('carol', '/b/icu-2/stay?do=standby');
    await page.getByLabel('Where the patient is').selectOption('imaging');
    await wristband().fill('1950-03-04');
    const keys: string[] = [];
    let isAway = true;
    await page.route('**/standby', async (route) => {
      if (route.request().method() !== 'POST') return route.fallback();
      keys.push(route.request().headers()['idempotency-key'] ?? '');
      if (!isAway) return route.fallback();
      await route.fetch();
      return route.abort();
    });
    await page.evaluate(
      "const b = [...document.querySelectorAll('button')].find((e) => e.textContent === 'Start standby'); b.click(); b.click(); b.click()",
    );
    await page.getByText('NO ANSWER. Nobody knows whether it was done').waitFor();
    expect(keys.length).toBe(1);
    isAway = false;
    // It was done: the screen says so once it has asked.
    await page.getByText('STANDBY – imaging').waitFor({ timeout: 15_000 });
    await look('standby');
    await page.getByText('Values come again. Is the patient back?').waitFor({ timeout: 25_000 });
    await press('Back at the monitor');
    await page.getByText('Back: the standby has ended.').waitFor();
  }, 60_000);

  test('two nurses at once: one is told that somebody was faster; a wrong discharge is taken back', async () => {
    await as('carol', '/b/icu-1/stay');
    const other = await opened.context.browser()!.newContext({ viewport: DESK });
    try {
      const amy = await other.newPage();
      await amy.goto(`${at.url}/b/icu-1/stay`);
      await signIn(amy, 'amy');
      const takeAway = (each: Page) => each.locator('form').getByRole('button', { name: 'Take sim-icu-1 away' });
      for (const each of [page, amy]) {
        await each.getByRole('button', { name: 'Take sim-icu-1 away' }).click();
        await each.getByLabel('From the wristband: record number or date of birth').fill('M1');
      }
      // Carol's screen has not heard yet when she presses.
      await page.route('**/api/v1/beds/icu-1', (route) => route.abort());
      await takeAway(amy).click();
      await amy.getByText('sim-icu-1 was taken away.').waitFor();
      await takeAway(page).click();
      await page.getByText(/NOT DONE\. (It is already so|Somebody has changed it)/).waitFor();
      await look('too-late');
    } finally {
      await other.close();
    }
    await page.unroute('**/api/v1/beds/icu-1');
    await page.goto(`${at.url}/b/icu-1/stay?do=discharge`);
    await wristband().fill('M1');
    await look('discharge');
    await press('Discharge');
    await page.getByText('DISCHARGED. The bed is free.').waitFor();
    expect(await encounterIn('icu-1')).toBeNull();
    await press(/^Undo/);
    await page.getByText('Taken back.').waitFor();
    expect((await encounterIn('icu-1'))?.encounterId).toBe('enc-1');
    await wristband().fill('M1');
    await press('Discharge');
    await page.getByText('DISCHARGED. The bed is free.').waitFor();
    expect(await encounterIn('icu-1')).toBeNull();
    await page.goto(`${at.url}/b/icu-1/stay`);
    await page.getByText('Was the last discharge wrong?').waitFor();
    await page.getByLabel('In words, for colleagues').fill('wrong bed was pressed');
    await wristband().fill('02-jan-1960');
    await press('Open the stay again');
    await page.getByText('The stay is open again.').waitFor();
    expect((await encounterIn('icu-1'))?.encounterId).toBe('enc-1');
  }, 60_000);

  test('an age group that somebody else has set behind an open form is not written over, also when the page has asked anew', async () => {
    await as('carol', '/b/icu-1/stay?do=profile');
    await page.locator('select[name=age]').selectOption('paediatric');
    await wristband().fill('M1');
    const stay = await encounterIn('icu-1');
    const path = `/api/v1/encounters/${stay!.encounterId}/profile`;
    const profile = async () => (await api.call('GET', path, { as: await api.token('carol') })).body as Record<string, unknown>;
    const { rev } = await profile();
    const asked = page.waitForResponse((answer) => answer.url().endsWith(path) && answer.request().method() === 'GET');
    const headers = { 'idempotency-key': newKey(), 'if-match': `"${String(rev)}"` };
    const theirs = await api.call('PUT', path, { as: await api.token('amy'), headers, body: { ageGroup: 'neonate' } });
    expect(theirs.status).toBe(200);
    // As after a line that was lost for a moment: whatever may have changed meanwhile is asked for anew.
    await page.evaluate("document.dispatchEvent(new Event('resume'))");
    expect(await (await asked).text()).toContain('neonate');
    await page.getByText(/hold now: newborn/).waitFor();
    await press('Set the age group');
    await page.getByText('NOT DONE. Somebody has changed it since it was shown.').waitFor();
    expect((await profile())['ageGroup']).toBe('neonate');
    // It was said, and it is shown: the next press is about what there is now.
    await page.locator('select[name=age]').selectOption('adult');
    await press('Set the age group');
    await page.getByText(/^The limits and rules of this group hold: /).waitFor();
    expect((await profile())['ageGroup']).toBe('adult');
  }, 40_000);

  test('the wrong patient is put right; names with markup and turned text stay text', async () => {
    await as('carol', '/b/icu-1/stay?do=correct');
    await page.getByText('Never here before: record a new person').click();
    await page.getByLabel('New record number').fill('X-77');
    await page.getByLabel('New family name').fill(BAD_NAME.slice(0, 80));
    await page.getByLabel('New given name').fill('W'.repeat(80));
    await page.getByLabel('New date of birth').fill('1977-07-07');
    await press('Record this person');
    await page.getByRole('heading', { name: 'What happens' }).waitFor();
    await look('correct');
    await press('Put it right');
    await page.getByText('NOT SENT. Say why').waitFor();
    await page.getByLabel('In words, for colleagues').fill('bands were mixed up');
    // Of the wrong one: that is not who really lies here.
    await wristband().fill('M1');
    await press('Put it right');
    await page.getByText('NOT SENT. Scan or type').waitFor();
    expect((await encounterIn('icu-1'))?.patientId).toBe('pat-1');
    await wristband().fill('x77');
    await press('Put it right');
    await page.getByText(/PUT RIGHT: /).waitFor();
    await look('corrected');
    const stay = await encounterIn('icu-1');
    expect([stay?.patientId === 'pat-1', stay?.patient?.mrn]).toEqual([false, 'X-77']);
    await page.goto(`${at.url}/admit?bed=icu-1`);
    await find('M1');
    await page.getByText('There is a record').or(page.getByText('TESTMAN, Tim')).first().waitFor();
    await look('bad-names');
    await page.goto(at.url);
    await tile('icu-1').waitFor();
    expect(await page.evaluate('window.__hit')).toBeUndefined();
  }, 60_000);

  test('a transfer takes the name and the alarm along; undo brings them back', async () => {
    const { encounterId } = (await encounterIn('icu-1'))!;
    await api.call('POST', `/api/v1/encounters/${encounterId}/discharge`, {
      ...{ as: await api.token('carol'), headers: { 'idempotency-key': newKey() }, body: { devices: 'end' } },
    });
    bedside.stopsMeasuring('sim-icu-1');
    bedside.measures('sim-icu-2', 'icu-2', 148);
    await bedside.alarms();
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    const raised = await bedside.alarms();
    const ids = new Set(
      [...raised].filter(({ conditionCode }) => /heartRate|hr/i.test(conditionCode)).map(({ alarmId }) => alarmId),
    );
    await as('carol', '/b/icu-2/stay?do=transfer');
    await page.getByText('Open alarms: 1').waitFor();
    await look('transfer');
    await page.getByLabel('To which bed').selectOption('icu-1');
    await page.getByLabel('sim-icu-2').check();
    await wristband().fill('M2');
    await press('Transfer');
    await page.getByText('TRANSFERRED to ICU 1.').waitFor();
    bedside.measures('sim-icu-2', 'icu-1', 148);
    await bedside.alarms();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await bedside.alarms();
    await look('transferred');
    const open = (await api.call('GET', '/api/v1/alarms', { as: await api.token('carol') })).body.items as {
      bedId: string;
      alarmId: never;
      active: boolean;
    }[];
    expect(
      open.filter(({ active, bedId }) => active && bedId === 'icu-1').map(({ alarmId }) => ids.size === 0 || ids.has(alarmId)),
    ).toContain(true);
    await page.goto(at.url);
    await tile('icu-1').getByText('PROBE, Paula').waitFor();
    await tile('icu-1').locator('[data-cell=hr]').getByText('148').waitFor();
    await page.locator('.tile[data-bed-id=icu-1][data-priority=high]').waitFor();
    expect(await tile('icu-2').innerText()).not.toContain('PROBE');
    bedside.measures('sim-icu-2', 'icu-1', 75);
  }, 60_000);

  test('a device of the tray shows no value there; looked at, it goes to the patient', async () => {
    const nowMs = Math.round(api.clock.nowMs());
    const ida = await api.token('ida');
    const [span] = (await api.call('GET', '/api/v1/device-assignments?device=sim-imc-1', { as: ida })).body.items;
    await api.call('POST', `/api/v1/device-assignments/${span.assignmentId}/end`, {
      ...{ as: ida, headers: { 'if-match': `"${span.rev}"`, 'idempotency-key': newKey() }, body: {} },
    });
    bedside.measures('sim-imc-1', null, 123);
    const held = {
      v: 1,
      id: 'sim-imc-1/b/9001',
      key: 'device:sim-imc-1',
      origin: 'live',
      atMs: nowMs + 1_000,
      kind: 'deviceMessage',
    };
    const rest = {
      bedId: null,
      deviceId: 'sim-imc-1',
      gatewayId: 'gw-1',
      bootId: 'b',
      seq: 9_001,
      deviceAtMs: nowMs,
      gatewayAtMs: nowMs,
    };
    const readings = [{ metric: 'heartRate', value: 123, unit: '/min', quality: 'valid' }];
    await api.stores.heldMessages.hold([{ ...held, ...rest, readings } as never], nowMs);
    await as('carol', '/tray');
    await page.getByText('1 message, values withheld').waitFor();
    expect(await page.locator('#screen').innerText()).not.toContain('123');
    await look('tray');
    await press('Assign sim-imc-1');
    await page.getByLabel('At which bed it is').selectOption('icu-1');
    await page.locator('.check-values').getByText('123').waitFor();
    await page.getByText('Looked at long enough.').waitFor({ timeout: 15_000 });
    await press('Yes, values and serial number match');
    await wristband().fill('1950-03-04');
    await press('Put sim-imc-1 here');
    await page.getByText('sim-imc-1 watches ICU 1 now.').waitFor();
    bedside.stopsMeasuring('sim-imc-1');
    expect((await api.stores.directory.bed(BedId.parse('icu-1')))?.devices.map(({ deviceId }) => deviceId)).toContain(
      'sim-imc-1',
    );
    await page.goto(`${at.url}/b/icu-1/stay`);
    await page.getByRole('button', { name: 'Take sim-imc-1 away' }).click();
    await wristband().fill('M2');
    await look('devices');
    await page.locator('form').getByRole('button', { name: 'Take sim-imc-1 away' }).click();
    await page.getByText('sim-imc-1 was taken away.').waitFor();
  }, 60_000);

  test('a message that could not decide waits as a task, with both sides; carried out once its reason is gone', async () => {
    const when = { nowMs: api.clock.nowMs(), wallMs: api.clock.wallMs() };
    await api.stores.places.setAlias({ system: 'hl7:H', value: 'A' }, BedId.parse('icu-1'), changeOf(when, 'dan'));
    const person = { ...PAULA, familyName: 'Anders<b>', givenName: 'Ada' };
    const move = moveOf('admit', { mrn: 'M9', place: 'A', visit: 'V9', person, atMs: Math.round(when.nowMs) });
    await api.stores.inbound.keep(messageOf(move), when.nowMs);
    for (const id of await api.stores.feedRecords.next(5)) await api.stores.feedRecords.work(id, decideFeed, changeOf(when));
    await as('carol', '/tasks');
    await page.getByText('The bed is taken by somebody else').waitFor();
    await page.getByRole('link', { name: 'Tasks (1)' }).waitFor();
    await look('tasks');
    await page.getByRole('link', { name: 'Look at it' }).press('Enter');
    await page.getByText('ANDERS<B>, Ada').waitFor();
    await look('task');
    await page.getByLabel('In words, for colleagues').fill('looked at the bed');
    await page.getByRole('button', { name: 'Carry it out now' }).click();
    await page.getByText('NOT DONE. What stood in its way still does.').waitFor();
    const { encounterId } = (await encounterIn('icu-1'))!;
    const headers = { 'idempotency-key': newKey() };
    await api.call('POST', `/api/v1/encounters/${encounterId}/discharge`, { as: await api.token('carol'), headers, body: {} });
    await page.getByRole('button', { name: 'Carry it out now' }).click();
    await page.getByText('CARRIED OUT.', { exact: true }).waitFor();
    await page.getByText('Nothing waits').waitFor();
    expect((await encounterIn('icu-1'))?.patient?.mrn).toBe('M9');
    await page.goto(`${at.url}/b/icu-1/stay?do=profile`);
    await page.getByText('This stay comes from the hospital’s records (HL7)').waitFor();
    await page.getByRole('combobox', { name: 'Age group' }).selectOption('paediatric');
    await wristband().fill('M9');
    await look('profile');
    await press('Set the age group');
    await page.getByText('The limits and rules of this group hold: child.').waitFor();
  }, 60_000);
});
