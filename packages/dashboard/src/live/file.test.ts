import { file } from './file.js';

const fetched = globalThis.fetch;
afterEach(() => void (globalThis.fetch = fetched));

const STEP_MS = 40;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends so many parts, a step apart, and then ends, breaks off, or says nothing more. */
function server(parts: number, then: 'ends' | 'breaks off' | 'is silent'): void {
  globalThis.fetch = (_path, init) => {
    const signal = init!.signal!;
    const body = new ReadableStream<Uint8Array>({
      async start(to) {
        signal.addEventListener('abort', () => to.error(signal.reason), { once: true });
        for (let n = 0; n < parts && !signal.aborted; n += 1) {
          await pause(STEP_MS);
          to.enqueue(new TextEncoder().encode('line\n'));
        }
        if (then === 'ends') to.close();
        if (then === 'breaks off') to.error(new Error('gone'));
      },
    });
    return Promise.resolve(new Response(body));
  };
}

test('a file that goes on coming is whole, however long it takes', async () => {
  server(30, 'ends');
  const answer = await file('/file', 20 * STEP_MS);
  expect(answer.ok && (await answer.value.text())).toBe('line\n'.repeat(30));
});

test.each(['breaks off', 'is silent'] as const)('a file that %s in the middle is none', async (then) => {
  server(3, then);
  expect(await file('/file', 10 * STEP_MS)).toMatchObject({ ok: false, trouble: { code: 'offline' } });
});

test('a refusal is told as one', async () => {
  const problem = { status: 429, code: 'too-many-attempts' };
  globalThis.fetch = () =>
    Promise.resolve(
      new Response(JSON.stringify(problem), { status: 429, headers: { 'content-type': 'application/problem+json' } }),
    );
  expect(await file('/file', 1_000)).toMatchObject({ ok: false, trouble: { code: 'too-many-attempts' } });
});
