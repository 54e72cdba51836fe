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
