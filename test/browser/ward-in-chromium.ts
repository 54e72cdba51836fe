import type { Browser, Page } from 'playwright-core';
import { builtDashboard, launch, open, type Opened } from './browser.js';
import { ACCOUNT, FixtureServer } from './fixture-server.js';

/** A scripted ward with its dashboard, and a browser. Both are there from the first `beforeAll` on. */
export interface WardInChromium {
  readonly fixture: FixtureServer;
  readonly url: string;
  /** A signed-in page with a live picture; what it reports as broken fails the test at its end. */
  station(path?: string, options?: StationOptions): Promise<Page>;
  readonly opened: Opened;
}

export interface StationOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Another address of the same ward, as through a proxy. */
  readonly url?: string;
  /** Runs in the page before any of its scripts. */
  readonly script?: string;
}

/** Call it in a `describe`: it starts before its tests and ends behind them. */
export function wardInChromium(): WardInChromium {
  let browser: Browser;
  let fixture: FixtureServer;
  let url: string;
  let all: Opened[] = [];

  beforeAll(async () => {
    fixture = new FixtureServer(await builtDashboard());
    url = await fixture.start();
    browser = await launch();
  }, 150_000);

  afterAll(async () => {
    await browser?.close();
    await fixture?.stop();
  });

  afterEach(async () => {
    const broken = all.flatMap((each) => each.broken);
    for (const { context } of all) await context.close();
    all = [];
    expect(broken).toEqual([]);
  });

  return {
    get fixture() {
      return fixture;
    },
    get url() {
      return url;
    },
    get opened() {
      return all[0]!;
    },
    async station(path = '/', options = {}) {
      const at = options.url ?? url;
      const opened = await open(browser, 'about:blank', options.viewport);
      all.push(opened);
      if (options.script !== undefined) await opened.page.addInitScript(options.script);
      await opened.context.request.post(`${at}/api/v1/session`, { data: ACCOUNT });
      await opened.page.goto(at + path);
      await opened.page.locator('.lamp[data-kind=live]').waitFor();
      return opened.page;
    },
  };
}
