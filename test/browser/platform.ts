import type { Browser } from 'playwright-core';
import { type Api, startApi } from '../flow/api-fixture.js';
import { builtDashboard, launch, open, type Opened } from './browser.js';

/** The real platform with its built dashboard, whose time runs, and a browser. Both are there from the first `beforeAll` on. */
export interface PlatformInChromium {
  readonly api: Api;
  /** By a name, which passkeys need. */
  readonly url: string;
  /** One page a test; what it reports as broken fails the test at its end. */
  open(path: string, viewport?: { width: number; height: number }): Promise<Opened>;
  /** The same before anything was asked of the platform. */
  openBlank(viewport?: { width: number; height: number }): Promise<Opened>;
}

type StartApi = NonNullable<Parameters<typeof startApi>[0]>;

/**
 * Call it in a `describe`: it starts before its tests and ends behind them.
 *
 * @param more who is there, and which parts do work of their own; left out, the ward of `api-fixture` and none
 */
export function platformInChromium(
  env: Record<string, string>,
  more: Pick<StartApi, 'site' | 'workers' | 'pagers' | 'startMs'> = {},
): PlatformInChromium {
  let browser: Browser;
  let api: Api;
  let timer: NodeJS.Timeout;
  let opened: Opened;

  beforeAll(async () => {
    api = await startApi({ ...more, dashboardDir: await builtDashboard(), env });
    timer = setInterval(() => void api.clock.advance(500), 500);
    browser = await launch();
  }, 150_000);

  afterAll(async () => {
    clearInterval(timer);
    await browser?.close();
    await api?.end();
  });

  afterEach(async () => {
    const { broken } = opened;
    await opened.context.close();
    expect(broken).toEqual([]);
  });

  const url = (): string => api.url.replace('127.0.0.1', 'localhost');
  return {
    get api() {
      return api;
    },
    get url() {
      return url();
    },
    async open(path, viewport) {
      opened = await open(browser, url() + path, viewport);
      return opened;
    },
    async openBlank(viewport) {
      opened = await open(browser, 'about:blank', viewport);
      return opened;
    },
  };
}
