import type { CDPSession, Page } from 'playwright-core';
import { TOTP, Secret } from 'otpauth';
import { type Api, PASSWORD } from '../flow/api-fixture.js';
import { axeViolations, describeInChromium, type Opened } from './browser.js';
import { platformInChromium } from './platform.js';

/** The real platform with its built dashboard; its time runs, and a test may let it jump. */
describeInChromium('signing in, in Chromium with the real platform', () => {
  const at = platformInChromium({ VIGIL_SECOND_FACTOR_ROLES: 'none' });
  let api: Api;
  let opened: Opened;
  let page: Page;

  beforeAll(() => {
    api = at.api;
  });

  async function visit(path = '/'): Promise<void> {
    opened = await at.open(path);
    page = opened.page;
  }

  async function type(username: string, password = PASSWORD): Promise<void> {
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  async function signIn(username: string, path = '/'): Promise<void> {
    await visit(path);
    await type(username);
    await page.locator('.button.user').waitFor();
  }

  async function authenticator(): Promise<CDPSession> {
    const cdp = await opened.context.newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return cdp;
  }

  const codeOf = (secret: string): string =>
    new TOTP({ secret: Secret.fromBase32(secret.replaceAll(' ', '')) }).generate({ timestamp: api.clock.wallMs() });

  /** Nothing of who or what was on the screen stays behind in the browser: only which browser it is, which the server counts screens by. */
  async function storesNothing(): Promise<void> {
    const kept = await page.evaluate<Record<string, string>>('({ ...localStorage, ...sessionStorage })');
    expect(Object.keys(kept).filter((key) => key !== 'vigil.browser')).toEqual([]);
    expect(kept['vigil.browser'] ?? '').toMatch(/^([0-9a-f-]{36})?$/);
    expect(await page.title()).toBe('Vigil');
  }

  test('a wrong password says so, the right one opens the beds', async () => {
    await visit();
    await page.getByLabel('Username').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(await page.getByLabel('Username').getAttribute('autocomplete')).toBe('username');
    expect(await page.getByLabel('Password').getAttribute('autocomplete')).toBe('current-password');
    await page.getByText('I cannot sign in').click();
    await page.getByText('Stations of the care unit show its beds').waitFor();
    await type('ben', 'not the password');
    await page.getByText('Wrong username or password').waitFor();
    await type('ben');
    await page.locator('.lamp[data-kind=live]').waitFor();
    await storesNothing();
  });

  test('too many tries say how long to wait', async () => {
    await visit();
    for (let i = 0; i < 10; i += 1) {
      await api.call('POST', '/api/v1/session', { body: { username: 'nobody', password: `wrong ${i}` } });
    }
    await type('nobody', 'wrong again');
    await page.getByText(/Too many tries\. Wait \d+ (seconds|minutes), then try again\./).waitFor();
  });

  test('an authenticator app is set up, shows its recovery codes once, and is asked for at the next sign-in', async () => {
    await signIn('carol', '/security');
    await page.getByRole('button', { name: 'Set up an app' }).click();
    await page.locator('.qr').waitFor();
    const secret = (await page.locator('.totp-secret code').innerText()).trim();
    await page.getByLabel('Code of the app').fill('000000');
    await page.getByRole('button', { name: 'Check and keep' }).click();
    await page.getByText('The code is wrong').waitFor();
    await page.getByLabel('Code of the app').fill(codeOf(secret));
    await page.getByRole('button', { name: 'Check and keep' }).click();
    await page.getByRole('heading', { name: 'Recovery codes' }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    const codes = await page.locator('.codes code').allInnerTexts();
    expect(codes).toHaveLength(10);
    await page.getByLabel('I have kept them').check();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('10 of your recovery codes are left').waitFor();
    await page.locator('.button.user').click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();

    await api.clock.advance(31_000);
    await type('carol');
    await page.getByText('The password is right').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByLabel('Code of your authenticator app').fill(codeOf(secret));
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.locator('.button.user').waitFor();
    await page.locator('.button.user').click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();

    await type('carol');
    await page.getByRole('button', { name: /use a recovery code/ }).click();
    await page.getByLabel('Recovery code').fill(codes[0]!);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.locator('.button.user').waitFor();
    await storesNothing();
  }, 60_000);

  test('a passkey is added, signs in without a name, and is taken away', async () => {
    await signIn('amy', '/security');
    await authenticator();
    await page.getByLabel('Name of the new passkey').fill('Work phone');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByText('Work phone').first().waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.locator('.button.user').click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByRole('heading', { name: 'Passkeys' }).waitFor();
    await page.getByRole('button', { name: 'Remove Work phone' }).click();
    await page.getByText('You have none yet.').waitFor();
  }, 30_000);

  test('a password that may not be one is refused with the reason, a good one ends the other sessions', async () => {
    await api.token('ida');
    await signIn('ida', '/security');
    await page.getByRole('heading', { name: 'Where you are signed in' }).waitFor();
    await page.getByRole('button', { name: 'End all but this one' }).waitFor();
    const change = async (password: string): Promise<void> => {
      await page.getByLabel('Your password').fill(PASSWORD);
      await page.getByLabel('New password', { exact: true }).fill(password);
      await page.getByLabel('New password, again').fill(password);
      await page.getByRole('button', { name: 'Change the password' }).click();
    };
    await change('password2024!');
    await page.getByText(/Too easy to guess/).waitFor();
    await change('seven grey herons over the weir');
    await page.getByText('The password is changed.').waitFor();
  }, 30_000);

  test('an admin makes an account; its temporary password is shown once and changed at the first sign-in', async () => {
    await signIn('dan');
    await page.getByRole('heading', { name: 'Accounts' }).waitFor();
    await page.getByText('New account').click();
    await page.getByLabel('Name', { exact: true }).fill('Nora New');
    await page.getByLabel('Username').fill('nora');
    await page.getByLabel('Staff id').fill('nora');
    await page.getByLabel('security officer').check();
    await page.getByRole('button', { name: 'Make the account' }).click();
    await page.getByRole('heading', { name: 'Temporary password of Nora New' }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    const temporary = await page.locator('.shown-once code').innerText();
    await page.getByRole('button', { name: 'I have handed it over' }).click();
    expect(await page.getByText(temporary).count()).toBe(0);

    const row = page.getByRole('group', { name: 'Change the account of Ben Nurse' });
    await row.getByRole('button', { name: 'Disable' }).click();
    await row.getByRole('button', { name: 'Yes, disable' }).click();
    await row.getByRole('button', { name: 'Enable' }).click();
    await row.getByRole('button', { name: 'Disable' }).waitFor();
    await opened.context.close();

    await visit();
    await type('nora', temporary);
    await page.getByRole('heading', { name: 'Choose a password' }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByLabel('New password', { exact: true }).fill('too short');
    await page.getByLabel('New password, again').fill('too short');
    await page.getByRole('button', { name: 'Keep this password' }).click();
    await page.getByText(/Too short: at least 12/).waitFor();
    await page.getByLabel('New password', { exact: true }).fill('a lantern, a ladder, a loaf');
    await page.getByLabel('New password, again').fill('a lantern, a ladder, a loaf');
    await page.getByRole('button', { name: 'Keep this password' }).click();
    await page.getByRole('heading', { name: 'Privacy', exact: true }).waitFor();
  }, 60_000);
});
