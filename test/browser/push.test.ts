import type { Browser, Page } from 'playwright-core';
import { type Api, PASSWORD, startApi } from '../flow/api-fixture.js';
import { until } from '../support/until.js';
import { builtDashboard, describeInChromium, launch, open, type Opened } from './browser.js';

const WITHIN_MS = 8_000;

/**
 * The service worker in a real browser, under the real content policy. A subscription needs a push service on the internet; what one
 * would deliver is handed to the browser by its own protocol for developers.
 */
describeInChromium('web push, in Chromium', () => {
  let api: Api;
  let browser: Browser;
  let opened: Opened;
  let page: Page;

  beforeAll(async () => {
    api = await startApi({ dashboardDir: await builtDashboard() });
    browser = await launch();
    opened = await open(browser, 'about:blank');
    page = opened.page;
    await opened.context.grantPermissions(['notifications'], { origin: api.url });
    await opened.context.request.post(`${api.url}/api/v1/session`, {
      data: { username: 'amy', password: PASSWORD },
      headers: { origin: api.url },
    });
    await page.goto(`${api.url}/security`);
  }, 150_000);
  afterAll(async () => {
    await opened?.context.close();
    await browser?.close();
    await api?.end();
  });

  /** As text, because the code runs in the page. */
  const notifications = (): Promise<readonly { readonly title: string; readonly tag: string; readonly link: string }[]> =>
    page.evaluate(`(async () => {
      const registration = await navigator.serviceWorker.getRegistration('/');
      const shown = (await registration?.getNotifications()) ?? [];
      return shown.map(({ title, tag, data }) => ({ title, tag, link: data.link }));
    })()`);

  async function deliver(data: string): Promise<void> {
    const protocol = await opened.context.newCDPSession(page);
    let registrationId = '';
    protocol.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      registrationId = registrations.find(({ isDeleted }) => !isDeleted)?.registrationId ?? registrationId;
    });
    await protocol.send('ServiceWorker.enable');
    await until('the worker is registered', () => registrationId !== '', WITHIN_MS);
    await protocol.send('ServiceWorker.deliverPushMessage', { origin: api.url, registrationId, data });
    await protocol.detach();
  }

  test('the worker is let in by the content policy, and what needs a push service says so', async () => {
    await page.getByRole('button', { name: 'Show my pages here' }).click();
    await page.getByText('Allow notifications for Vigil').waitFor();
    await page.evaluate('navigator.serviceWorker.ready.then(() => true)');
    expect(opened.broken).toEqual([]);
  });

  test('a page that a push service delivers is shown, with its link; a newer one takes its place', async () => {
    const message = (title: string) =>
      JSON.stringify({
        web_push: 8030,
        notification: { title, body: 'TEST', navigate: `${api.url}/p/abc`, tag: 'alarm', data: { receipt: 'a.b.c' } },
      });
    await deliver(message('TEST *** High priority alarm, bed ICU 1'));
    await until('the page is shown', async () => (await notifications()).length === 1, WITHIN_MS);
    await deliver(message('TEST *** High priority alarm, bed ICU 2'));
    await until('the newer one is shown', async () => (await notifications())[0]?.title.endsWith('ICU 2') === true, WITHIN_MS);
    expect(await notifications()).toEqual([
      { title: 'TEST *** High priority alarm, bed ICU 2', tag: 'alarm', link: `${api.url}/p/abc` },
    ]);
  });
});
