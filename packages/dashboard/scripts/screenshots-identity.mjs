/**
 * Pictures for docs/images of what the fixture server does not play: sign-in, stations, security settings, emergency
 * access, privacy and accounts. Taken from a running demo, so that what they show is what comes out of the product.
 *
 *     npm start
 *     node packages/dashboard/scripts/screenshots-identity.mjs http://localhost:3000 .vigil/demo-accounts.json [folder] [all]
 *
 * Needs `VIGIL_TEST_CHROMIUM` or /usr/bin/chromium. Opens one emergency access and makes one station. With `all`, also
 * what docs/images does not have.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [url, accountsFile, folder, all] = process.argv.slice(2);
if (!url || !accountsFile) throw new Error('usage: screenshots-identity.mjs <address> <demo-accounts.json> [folder]');
const out = folder ?? join(import.meta.dirname, '../../../docs/images');
mkdirSync(out, { recursive: true });
const known = JSON.parse(readFileSync(accountsFile, 'utf8'));
const accounts = Array.isArray(known) ? known : (known.accounts ?? known);
const accountOf = (role) => accounts.find((each) => (each.roles ?? [each.role]).includes(role));

const browser = await chromium.launch({
  executablePath: process.env.VIGIL_TEST_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
});

async function visit(path, viewport = { width: 1600, height: 900 }) {
  const context = await browser.newContext({ viewport });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.on('pageerror', (error) => process.stderr.write(`${path}: ${error.message}\n`));
  page.on('console', (m) => /Content Security|Minified React/.test(m.text()) && process.stderr.write(`${path}: ${m.text()}\n`));
  await page.goto(url + path);
  return page;
}

async function type(page, { username, password }) {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.locator('.button.user').waitFor();
}

async function signIn(role, path) {
  const page = await visit(path);
  await type(page, accountOf(role));
  return page;
}

const KEPT = new Set(['sign-in', 'view-only', 'security', 'break-glass', 'break-glass-open', 'privacy', 'accounts']);

async function shoot(page, name) {
  if (all !== 'all' && !KEPT.has(name)) return;
  await page.waitForTimeout(400);
  await page.screenshot({ path: join(out, `${name}.png`) });
}

const signInPage = await visit('/', { width: 1280, height: 800 });
await signInPage.getByLabel('Username').waitFor();
await shoot(signInPage, 'sign-in');

const carol = await signIn('charge-nurse', '/stations');
await carol.getByLabel('Name of the station').fill(`Desk ${new Date().getMinutes()}`);
await carol.getByRole('button', { name: 'Make a code' }).click();
const code = await carol.locator('.big-code').innerText();
await shoot(carol, 'stations');
const desk = await visit('/station');
await desk.getByLabel('Code of the station').fill(code);
await desk.getByRole('button', { name: 'Make it a station' }).click();
await desk.locator('.lamp[data-kind=live]').waitFor();
await desk.locator('.tile').first().waitFor();
await desk.waitForTimeout(1_500);
await shoot(desk, 'view-only');
await desk.getByRole('button', { name: 'Sign in to act', exact: true }).click();
await shoot(desk, 'sign-in-on-station');
await type(desk, accountOf('nurse'));
await shoot(desk, 'signed-in-on-station');

const nurse = await signIn('nurse', '/security');
await nurse.getByRole('button', { name: 'Set up an app' }).click();
await nurse.locator('.qr').waitFor();
await shoot(nurse, 'security');
await nurse.getByRole('link', { name: 'Beds' }).click();
await nurse.locator('.lamp[data-kind=live]').waitFor();
const beds = await nurse.locator('[data-bed-id]').evaluateAll((all) => all.map((each) => each.dataset.bedId));
for (const bedId of beds.reverse()) {
  await nurse.goto(`${url}/b/${bedId}`);
  const closed = nurse.getByRole('heading', { name: 'You are not treating this patient' });
  await Promise.race([closed.waitFor(), nurse.getByRole('heading', { name: 'Last hour' }).waitFor()]);
  if (await closed.isVisible()) break;
}
await nurse.getByLabel(/^Emergency/).check();
await shoot(nurse, 'break-glass');
await nurse.getByRole('button', { name: 'Open in an emergency' }).click();
await nurse.getByRole('heading', { name: 'Last hour' }).waitFor();
await nurse.waitForTimeout(800);
await shoot(nurse, 'break-glass-open');
await nurse.getByRole('button', { name: 'End now' }).click();

const officer = await signIn('security-officer', '/privacy');
await officer.getByRole('cell', { name: 'break-glass.use' }).first().waitFor();
const patientId = await officer.locator('tr', { hasText: 'break-glass.use' }).locator('.patients').first().innerText();
await officer.getByLabel('Patient id').fill(patientId.trim());
await officer.getByRole('button', { name: 'Search' }).click();
await officer.getByText(/entries shown/).waitFor();
await shoot(officer, 'privacy');
await officer.getByRole('link', { name: 'Emergency access' }).click();
await officer.getByRole('button', { name: 'Keep the review' }).first().waitFor();
await shoot(officer, 'reviews');

const admin = await signIn('admin', '/accounts');
await admin.getByRole('row').nth(3).waitFor();
await shoot(admin, 'accounts');
await browser.close();
