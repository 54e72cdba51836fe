import { type Api, PASSWORD, startApi } from '../flow/api-fixture.js';
import type { Browser, Page } from 'playwright-core';
import { TestOidcProvider } from '../support/oidc-provider.js';
import { until as eventually } from '../support/until.js';
import { XSS_PAYLOADS } from '../support/xss-payloads.js';
import { axeViolations, builtDashboard, describeInChromium, launch, open, type Opened, until } from './browser.js';
import { ACCOUNT, FixtureServer } from './fixture-server.js';
import { alarm, bed, pagerView } from './fixture-ward.js';

const SHOWN_WITHIN_MS = 8_000;

/** CK-S19 for what there is now, and the content policy in a real browser. */

describeInChromium('texts that are markup, in Chromium', () => {
  let browser: Browser;
  let fixture: FixtureServer;
  let url: string;
  let opened: Opened | undefined;

  beforeAll(async () => {
    fixture = new FixtureServer(await builtDashboard());
    url = await fixture.start();
    browser = await launch();
  }, 150_000);
  afterAll(async () => {
    await browser?.close();
    await fixture?.stop();
  });
  afterEach(() => opened?.context.close());

  /** Whatever ran, asked for something elsewhere, or was stopped by the policy only. */
  async function executions(page: Page): Promise<readonly unknown[]> {
    await page.waitForTimeout(300);
    const ran = await page.evaluate('window.__ran ?? 0');
    const odd = await page.locator('img, iframe, object, embed, base, script:not([src]), [onerror], [onclick]').count();
    return [ran, odd, opened?.broken, dialogs];
  }
  let dialogs: string[] = [];

  async function opens(path: string): Promise<Page> {
    opened = await open(browser, 'about:blank');
    dialogs = [];
    opened.page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await opened.context.request.post(`${url}/api/v1/session`, { data: ACCOUNT });
    await opened.page.goto(url + path);
    return opened.page;
  }

  const PER_PAGE = 30;
  const batches = Array.from({ length: Math.ceil(XSS_PAYLOADS.length / PER_PAGE) }, (_, i) =>
    XSS_PAYLOADS.slice(i * PER_PAGE, (i + 1) * PER_PAGE),
  );

  test('there are enough of them', () => {
    expect(new Set(XSS_PAYLOADS).size).toBeGreaterThanOrEqual(200);
  });

  test.each(batches.map((batch, i) => [i, batch] as const))(
    'as names of patients, nurses and beds, and as texts of alarms, they are shown and do nothing (batch %i)',
    async (_i, batch) => {
      const beds = batch.map((text, i) => {
        const plain = bed(i + 1);
        return bed(i + 1, plain.readings, {
          label: text,
          encounter: { ...plain.encounter!, displayName: text },
          nurses: plain.nurses.map((nurse) => ({ ...nurse, name: text })),
        });
      });
      const alarms = batch.map((text, i) =>
        alarm(
          { n: i, bed: i + 1, escalation: { nextName: text, acceptedByName: text } },
          { bedLabel: text, text, acknowledgedByName: text },
        ),
      );
      fixture.reset(beds, alarms);
      const page = await opens('/');
      /* The empty tiles of a page that is loading have no bed, and are as many as a short batch. */
      await page
        .locator('.tile[data-bed-id]')
        .nth(batch.length - 1)
        .waitFor();
      const wanted = batch[0]!.slice(0, 10).replace(/\s/g, '');
      const shown = async (): Promise<string> => (await page.locator('body').innerText()).replace(/\s/g, '');
      await eventually(`the text of the first bed: ${wanted}`, async () => (await shown()).includes(wanted), SHOWN_WITHIN_MS);
      expect(await executions(page)).toEqual([0, 0, [], []]);
      await page.goto(`${url}/alarms`);
      await page.locator('.alarm-row').first().waitFor();
      expect(await executions(page)).toEqual([0, 0, [], []]);
    },
  );

  test('on the pager they are shown and do nothing', async () => {
    fixture.reset([]);
    const page = await opens('/p/tok-0');
    for (const [i, text] of XSS_PAYLOADS.entries()) {
      if (i % 10 !== 0) continue;
      const view = { bedLabel: text, careUnitLabel: text, staffName: text, nextName: text, acceptedByName: text };
      fixture.pages.set(`tok-${i}`, pagerView(view));
      await page.goto(`${url}/p/tok-${i}`);
      await page.locator('h1').filter({ hasText: /\S/ }).waitFor();
    }
    expect(await executions(page)).toEqual([0, 0, [], []]);
  });
});

describeInChromium('the content policy of the real server, in Chromium', () => {
  let browser: Browser;
  let api: Api;
  let opened: Opened;

  beforeAll(async () => {
    api = await startApi({ dashboardDir: await builtDashboard() });
    browser = await launch();
  }, 150_000);
  afterAll(async () => {
    await browser?.close();
    await api?.end();
  });
  afterEach(() => opened.context.close());

  const reports = async (): Promise<number> => {
    const { body } = await api.call('GET', '/metrics');
    const counts = [...(body as string).matchAll(/^vigil_csp_reports_total\{[^}]*\} (\d+)$/gm)];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  };

  test.each(['/', '/alarms', '/alarms/recent', '/p/some-token-that-nobody-has', '/sign-in-failed'])(
    '%s breaks none of it, signed in or not',
    async (path) => {
      opened = await open(browser, api.url + path);
      await opened.page.waitForTimeout(500);
      await opened.context.request.post(`${api.url}/api/v1/session`, { data: { username: 'amy', password: PASSWORD } });
      await opened.page.goto(api.url + path);
      await opened.page.waitForTimeout(500);
      expect(opened.broken).toEqual([]);
      expect(await reports()).toBe(0);
    },
  );

  test('stops script, style, markup and connections that are not ours, and hears of it', async () => {
    opened = await open(browser, `${api.url}/sign-in-failed`);
    const { page } = opened;
    const stopped = await page.evaluate(`(async () => {
      const tried = [];
      const script = document.createElement('script');
      try { script.textContent = 'window.__ran = 1'; document.body.append(script); } catch { tried.push('script'); }
      try { document.body.innerHTML += '<img src=x>'; } catch { tried.push('innerHTML'); }
      try { document.body.setAttribute('onclick', 'window.__ran = 1'); } catch { tried.push('handler'); }
      document.body.click();
      await fetch('http://127.0.0.1:1/').catch(() => tried.push('fetch'));
      const style = document.createElement('style');
      style.textContent = 'body { outline: 7px solid }';
      document.head.append(style);
      if (getComputedStyle(document.body).outlineWidth !== '7px') tried.push('style');
      return [window.__ran ?? 0, tried.filter((t) => t === 'innerHTML' || t === 'fetch' || t === 'style').sort()];
    })()`);
    expect(stopped).toEqual([0, ['fetch', 'innerHTML', 'style']]);
    let heard = 0;
    const look = setInterval(() => void reports().then((count) => (heard = count)), 100);
    await until(() => heard >= 3, 'reports of the browser').finally(() => clearInterval(look));
  });

  test('no page of another site can frame it', async () => {
    opened = await open(browser, 'about:blank');
    await opened.page.setContent(`<iframe src="${api.url}/"></iframe>`);
    await opened.page.waitForTimeout(500);
    const frame = opened.page.frames()[1];
    expect(await frame?.evaluate('document.getElementById("root") === null').catch(() => true)).toBe(true);
  });
});

describeInChromium('signing in at a provider of another site, in Chromium', () => {
  let browser: Browser;
  let provider: TestOidcProvider;
  let api: Api;
  let opened: Opened | undefined;

  beforeAll(async () => {
    provider = await TestOidcProvider.start('localhost');
    const env = { ...provider.env, OIDC_LINK_BY: 'preferred_username' };
    api = await startApi({ dashboardDir: await builtDashboard(), env });
    provider.register(api.url);
    browser = await launch();
  }, 150_000);
  afterAll(async () => {
    await browser?.close();
    await api?.end();
    await provider?.stop();
  });
  afterEach(() => opened?.context.close());

  test('ends on the beds, signed in, with cookies that go to nobody else', async () => {
    provider.person = { subject: 'sub-amy', preferred_username: 'amy' };
    opened = await open(browser, `${api.url}/sign-in-failed`);
    await opened.page.evaluate("location.href = '/api/v1/session/oidc/start'");
    await opened.page.getByRole('button', { name: /Amy Nurse/ }).waitFor();
    expect(opened.page.url()).toBe(`${api.url}/`);
    const cookies = await opened.context.cookies(api.url);
    expect(cookies.map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite])).toEqual([
      ['vigil_session', true, 'Strict'],
    ]);
    expect(opened.broken).toEqual([]);
  });

  test('says so when nobody knows the person, and the address says nothing', async () => {
    provider.person = { subject: 'sub-x', preferred_username: 'stranger' };
    opened = await open(browser, `${api.url}/sign-in-failed`);
    await opened.page.evaluate("location.href = '/api/v1/session/oidc/start'");
    await opened.page.getByText('no account for you').waitFor();
    expect(opened.page.url()).toBe(`${api.url}/sign-in-failed`);
    expect(await axeViolations(opened.page)).toEqual([]);
  });
});
