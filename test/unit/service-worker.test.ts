import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';

const ORIGIN = 'https://vigil.hospital.test';
const source = readFileSync(new URL('../../packages/dashboard/public/sw.js', import.meta.url), 'utf8');

interface Shown {
  readonly title: string;
  readonly options: {
    readonly body: string;
    readonly tag?: string;
    readonly renotify?: boolean;
    readonly data: { link: string };
  };
}

/** The worker in a browser of its own: what it shows, opens and posts is kept. */
function worker(isOnline = true) {
  const shown: Shown[] = [];
  const opened: string[] = [];
  const posts: string[] = [];
  const handlers = new Map<string, (event: unknown) => void>();
  const self = {
    location: { origin: ORIGIN },
    addEventListener: (name: string, handler: (event: unknown) => void) => handlers.set(name, handler),
    registration: { showNotification: async (title: string, options: Shown['options']) => void shown.push({ title, options }) },
    clients: { matchAll: async () => [], openWindow: async (link: string) => void opened.push(link) },
  };
  const fetch = async (path: string, { method }: { readonly method: string }) => {
    if (!isOnline) throw new TypeError('offline');
    posts.push(`${method} ${path}`);
  };
  runInNewContext(source, { self, fetch, URL });
  const fire = (name: string, event: object) =>
    new Promise((resolve, reject) => {
      handlers.get(name)!({ ...event, waitUntil: (work: Promise<unknown>) => work.then(resolve, reject) });
    });
  const push = (text: string | null) =>
    fire('push', { data: text === null ? null : { json: () => JSON.parse(text) as unknown } });
  return { shown, opened, posts, fire, push };
}

const message = (more: object = {}) =>
  JSON.stringify({
    web_push: 8030,
    notification: {
      ...{ title: 'TEST *** High priority alarm, bed ICU 3', body: 'TEST', navigate: `${ORIGIN}/p/abc`, tag: 't', silent: false },
      ...{ data: { link: `${ORIGIN}/p/abc`, receipt: 'a.b.c' }, ...more },
    },
  });

test('a page is shown with what it says, makes itself heard again, and says that it was shown', async () => {
  const { shown, posts, push } = worker();
  await push(message());
  expect(shown).toMatchObject([
    {
      title: 'TEST *** High priority alarm, bed ICU 3',
      options: { tag: 't', renotify: true, data: { link: `${ORIGIN}/p/abc` } },
    },
  ]);
  expect(posts).toEqual(['POST /api/v1/push-receipts/a.b.c']);
});

test.each([null, 'not json', '{}', JSON.stringify({ web_push: 8031, notification: { title: 'x' } }), message({ title: 7 })])(
  'what can not be read is a page all the same: %s',
  async (text) => {
    const { shown, push } = worker();
    await push(text);
    expect(shown).toMatchObject([{ title: 'Vigil', options: { data: { link: `${ORIGIN}/` } } }]);
  },
);

test('a phone that is cut off shows the page all the same', async () => {
  const { shown, push } = worker(false);
  await push(message());
  expect(shown).toHaveLength(1);
});

test.each([
  [`${ORIGIN}/p/abc`, `${ORIGIN}/p/abc`],
  ['https://evil.example/p/abc', `${ORIGIN}/`],
  ['javascript:alert(1)', `${ORIGIN}/`],
  ['//evil.example', `${ORIGIN}/`],
])('a click on a notification with %s opens %s', async (link, opens) => {
  const { opened, fire } = worker();
  await fire('notificationclick', { notification: { close: () => undefined, data: { link } } });
  expect(opened).toEqual([opens]);
});

test('a receipt that is none is posted nowhere', async () => {
  const { posts, push } = worker();
  await push(message({ data: { receipt: '../../session' } }));
  expect(posts).toEqual([]);
});

describe('the files of the app', () => {
  interface Asked {
    readonly url: string;
    readonly method: string;
    readonly mode: string;
  }
  const answer = (text: string) => ({ ok: true, redirected: false, text, clone: () => answer(text) });

  /** A browser with a cache, and a server that answers with the address or is away. */
  function browser() {
    const kept = new Map<string, unknown>();
    const files = {
      put: async (name: string, given: unknown) => void kept.set(name, given),
      match: async (name: string) => kept.get(name),
      keys: async () => [...kept.keys()].map((url) => ({ url })),
      delete: async ({ url }: { readonly url: string }) => kept.delete(url),
    };
    const server = { isThere: true, asked: 0, version: 1 };
    const handlers = new Map<string, (event: unknown) => void>();
    const self = {
      location: { origin: ORIGIN },
      addEventListener: (name: string, handler: (event: unknown) => void) => handlers.set(name, handler),
    };
    const fetch = async ({ url }: Asked) => {
      server.asked += 1;
      if (!server.isThere) throw new TypeError('offline');
      return answer(`${url} ${server.version}`);
    };
    // No clock: whoever waits for the network waits for its answer here.
    const world = { self, fetch, URL, caches: { open: async () => files }, setTimeout: () => 0 };
    runInNewContext(source, world);
    const get = async (path: string, mode = 'navigate', method = 'GET') => {
      let given: Promise<unknown> | null = null;
      const request = { url: ORIGIN + path, mode, method };
      handlers.get('fetch')!({ request, respondWith: (work: Promise<unknown>) => (given = work) });
      return given === null ? 'left to the browser' : ((await given) as { readonly text: string }).text;
    };
    return { kept, server, get };
  }

  test('a page comes from the server, and from what was kept only when the server does not answer', async () => {
    const { get, server } = browser();
    expect(await get('/alarms')).toBe(`${ORIGIN}/alarms 1`);
    server.version = 2;
    expect(await get('/')).toBe(`${ORIGIN}/ 2`);
    server.isThere = false;
    expect(await get('/a/some-alarm')).toBe(`${ORIGIN}/ 2`);
  });

  test('the address of a page is kept nowhere, and neither is an answer of the server', async () => {
    const { get, kept } = browser();
    await get('/p/secret-token-of-a-page');
    await get('/b/icu-3?unit=icu');
    expect(await get('/api/v1/beds', 'cors')).toBe('left to the browser');
    expect(await get('/socket.io/?x=1', 'cors')).toBe('left to the browser');
    expect(await get('/api/v1/session/oidc/callback?code=1')).toBe('left to the browser');
    expect(await get('/', 'navigate', 'POST')).toBe('left to the browser');
    expect([...kept.keys()].sort()).toEqual(['/', '/pager.html']);
  });

  test('a file is fetched once, and no more are kept than a few versions have', async () => {
    const { get, kept, server } = browser();
    await get('/assets/a.js', 'cors');
    await get('/assets/a.js', 'cors');
    expect(server.asked).toBe(1);
    await get('/');
    for (let i = 0; i < 300; i += 1) await get(`/assets/${i}.js`, 'cors');
    expect(kept.size).toBeLessThanOrEqual(200);
    expect(kept.has('/')).toBe(true);
  });
});
