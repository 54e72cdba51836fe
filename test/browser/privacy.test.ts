import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Page } from 'playwright-core';
import { AuditKeeperModule } from '../../src/audit/audit-keeper.module.js';
import { type Api, newKey, PASSWORD, site } from '../flow/api-fixture.js';
import { axeViolations, describeInChromium } from './browser.js';
import { platformInChromium } from './platform.js';

/** Where pictures go for a person to look at; none are taken without it. */
const PICTURES = process.env['VIGIL_TEST_PICTURES'];
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const SIZES = [
  ['wall', { width: 1920, height: 1080 }],
  ['desk', { width: 1280, height: 800 }],
  ['phone', { width: 390, height: 844 }],
] as const;

/** The day of a security officer: somebody asks who has seen a record, and whether the answer can be believed. */
describeInChromium('audit and privacy, in Chromium with the real platform and its keeper of the log', () => {
  const at = platformInChromium(
    { VIGIL_SECOND_FACTOR_ROLES: 'none', VIGIL_REQUESTS_PER_S: '1000' },
    {
      workers: [AuditKeeperModule.from(log)],
      site: {
        ...site,
        staff: [
          ...site.staff,
          { staffId: 'tom', username: 'tom', name: 'Tom Testman', roles: ['nurse'] },
          { staffId: 'hana', username: 'hana', name: 'Hana Auditor', roles: ['auditor'] },
        ],
        staffAssignments: [...site.staffAssignments, { staffId: 'tom', careUnitId: 'icu', bedId: null, role: 'primary' }],
      } as typeof site,
    },
  );
  let api: Api;
  let page: Page;
  let fromMs = 0;

  beforeAll(async () => {
    api = at.api;
    const [amy, tom, ida] = [await api.token('amy'), await api.token('tom'), await api.token('ida')];
    fromMs = api.clock.wallMs();
    for (let n = 0; n < 4; n++) await api.call('GET', '/api/v1/patients/pat-1', { as: amy });
    await api.call('GET', '/api/v1/patients/pat-1', { as: tom });
    await api.call('GET', '/api/v1/patients/pat-1', { as: ida });
    const body = { patientId: 'pat-1', reason: 'emergency', text: 'found on the floor' };
    await api.call('POST', '/api/v1/break-glass', { as: ida, headers: { 'idempotency-key': newKey() }, body });
    await api.call('GET', '/api/v1/patients/pat-1', { as: ida });
  }, 30_000);

  async function signIn(username: string, path: string): Promise<void> {
    ({ page } = await at.open(path, { width: 1280, height: 800 }));
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator('.button.user').waitFor();
  }

  async function pictures(name: string): Promise<void> {
    for (const [size, viewport] of SIZES) {
      await page.setViewportSize(viewport);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width);
      if (PICTURES !== undefined) await page.screenshot({ path: `${PICTURES}/${name}-${size}.png`, fullPage: true });
    }
    await page.setViewportSize(SIZES[1][1]);
  }

  const summary = () => page.locator('.summary');

  test('who viewed a patient, found by name and birth date: the counts are those of the entries', async () => {
    await signIn('eve', '/privacy');
    await page.getByRole('button', { name: 'Find', exact: true }).click();
    await page.getByText('Enter the record number, or both').waitFor();
    await page.getByLabel('Family name').fill('testman');
    await page.getByLabel('Birth date').fill('1960-01-02');
    await page.getByRole('button', { name: 'Find', exact: true }).click();
    await page.getByText('TESTMAN, Tim, born 02-Jan-1960, record number M1').waitFor();
    await page.getByRole('button', { name: 'Who viewed TESTMAN, Tim?' }).click();
    await summary().getByText('of the record of TESTMAN, Tim').waitFor();
    const words = await summary().innerText();
    // Four of amy, one of tom, one of ida under the emergency; hers before it was refused.
    expect(words).toContain('6 views by 3 people');
    expect(words).toContain('one under emergency access');
    expect(words).toContain('one by somebody of the same family name');
    expect(words).toMatch(/\d+ refused|one refused/);
    expect(words).not.toContain('without treating relation');
    expect(page.url()).not.toMatch(/pat-1|TESTMAN/i);
    expect(await axeViolations(page)).toEqual([]);
    await pictures('privacy');
    await page.getByRole('button', { name: 'By person' }).click();
    const rows = page.getByRole('region', { name: 'Views by person' }).locator('tbody tr');
    expect(await rows.filter({ hasText: 'Amy Nurse' }).locator('td').first().innerText()).toBe('4');
    expect(await rows.filter({ hasText: 'Ida Nurse' }).innerText()).toContain('EMERGENCY ACCESS');
    expect(await axeViolations(page)).toEqual([]);
    await pictures('privacy-persons');
    await rows.filter({ hasText: 'Tom Testman' }).getByRole('button').click();
    await summary().getByText('One view by one person').waitFor();
    await page.getByRole('button', { name: 'Only what stands out' }).click();
    await page.getByText('SAME FAMILY NAME').first().waitFor();
  }, 60_000);

  test('the chain is verified: what it proved is said, with its limits', async () => {
    await signIn('hana', '/privacy');
    await page.getByText('whole and signed').waitFor({ timeout: 20_000 });
    await page.getByLabel('What', { exact: true }).selectOption('0');
    await page.getByRole('button', { name: 'Verify chain' }).click();
    await page.locator('.proved[data-ok="true"]').waitFor({ timeout: 20_000 });
    const words = await page.locator('.proved').innerText();
    expect(words).toMatch(/Verified: \d+ entries, 1 to \d+, are exactly what was written/);
    expect(words).toMatch(/Signed up to entry \d+/);
    expect(words).toContain('run vigil verify-audit elsewhere');
    expect(await axeViolations(page)).toEqual([]);
    await pictures('privacy-verified');
    const looks = (await api.stores.auditTrail.list({ actor: 'hana', action: 'audit.verify', limit: 5 })).items;
    expect(looks).toHaveLength(1);
    // An auditor sets no holds.
    expect(await page.getByRole('link', { name: 'Legal holds' }).count()).toBe(0);
  }, 60_000);

  test('a review shows what was looked at under the emergency access', async () => {
    await signIn('eve', '/reviews');
    await page.getByText('found on the floor').waitFor();
    await page.getByText('What was looked at under it').click();
    await page.locator('ul.looked-at').getByText('patient:pat-1').first().waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await pictures('reviews');
  }, 30_000);

  test('no answer, and an empty answer, say so', async () => {
    await signIn('eve', '/privacy');
    await page.getByLabel('Who (staff id)').fill('nobody-there');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('Nothing was found. Whoever was never shown has no entry.').waitFor();
    await page.getByLabel('Who (staff id)').fill('<b>x</b>');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('Use ids here, not names').waitFor();
    await page.route('**/api/v1/audit/verifications', (route) => route.fulfill({ status: 503, body: '' }));
    await page.getByRole('button', { name: 'Verify chain' }).click();
    await page.locator('.verify [role="alert"]').filter({ hasText: /\w/ }).waitFor();
  }, 30_000);

  test('after somebody changed the database, verification says where, and what to do', async () => {
    await signIn('eve', '/privacy');
    await page.getByText('whole and signed').waitFor({ timeout: 20_000 });
    const [row] = (await api.stores.auditTrail.list({ actor: 'tom', patientId: 'pat-1' as never, limit: 1 })).items;
    expect(row!.atMs).toBeGreaterThanOrEqual(fromMs);
    const db = new DatabaseSync(join(api.dataDir, 'vigil.db'));
    for (const { name } of db.prepare("select name from sqlite_schema where type = 'trigger' and tbl_name = 'audit'").all()) {
      db.exec(`drop trigger "${String(name)}"`);
    }
    // The look of the nurse with the patient's name becomes somebody else's.
    db.exec(`update audit set actor = 'amy', content = replace(content, '"tom"', '"amy"') where seq = ${row!.seq}`);
    db.close();
    await page.getByLabel('What', { exact: true }).selectOption('0');
    await page.getByRole('button', { name: 'Verify chain' }).click();
    const critical = page.locator('.critical');
    await critical.waitFor({ timeout: 20_000 });
    const words = await critical.innerText();
    expect(words).toContain('NOT IN ORDER: the audit log was changed.');
    expect(words).toMatch(new RegExp(`EDITED: .*entry (\\d+ to )?${row!.seq} was changed after it was written`));
    expect(words).toContain('Keep the database file as evidence');
    expect(await axeViolations(page)).toEqual([]);
    await pictures('privacy-broken');
  }, 60_000);
});
