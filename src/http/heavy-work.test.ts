import { FakeClock } from '@vigil/clock';
import { RequestContext } from '../access/request-context.js';
import { Metrics } from '../health/metrics.js';
import { HeavyWork, type HeavyKind } from './heavy-work.js';

const MINUTE_MS = 60_000;

function asked(name: string, tokenHash: string | null): RequestContext {
  const context = new RequestContext('audit.export', true, 'GET /x', '::1');
  context.actAs({ kind: 'person', id: name, name, roles: [], careUnitIds: [], user: null, tokenHash, expiresAtMs: null });
  return context;
}

/** A file without an end. */
async function* lines(): AsyncGenerator<string> {
  for (;;) {
    await Promise.resolve();
    yield 'line\n';
  }
}

const soon = () => new Promise((resolve) => setImmediate(resolve));
const open = (work: HeavyWork, name: string, kind: HeavyKind = 'audit-export') =>
  work.stream(kind, asked(name, `session of ${name}`), () => Promise.resolve(lines()));

test('a file that somebody goes on taking is as long as it takes; one that nobody takes any more frees its place after five minutes', async () => {
  const clock = new FakeClock();
  const work = new HeavyWork(clock, new Metrics());
  const file = await open(work, 'eve');
  const reader = file[Symbol.asyncIterator]();
  for (let minute = 0; minute < 20; minute += 1) {
    // More than is made in advance.
    for (let n = 0; n < 40; n += 1) expect((await reader.next()).done).toBe(false);
    await clock.advance(MINUTE_MS);
  }
  await expect(open(work, 'eve')).rejects.toMatchObject({ code: 'too-many-attempts' });
  await clock.advance(4 * MINUTE_MS);
  await soon();
  expect(file.destroyed).toBe(false);
  await clock.advance(MINUTE_MS);
  await soon();
  expect(file.destroyed).toBe(true);
  (await open(work, 'eve')).destroy();
});

test('a file that is never sent frees its place too, and stops what makes it', async () => {
  const clock = new FakeClock();
  const work = new HeavyWork(clock, new Metrics());
  let stopped = false;
  const made = async function* (): AsyncGenerator<string> {
    try {
      yield* lines();
    } finally {
      stopped = true;
    }
  };
  const file = await work.stream('audit-export', asked('eve', 'a'), () => Promise.resolve(made()));
  await file[Symbol.asyncIterator]().next();
  // What is made in advance is made by then.
  await soon();
  await clock.advance(6 * MINUTE_MS);
  await soon();
  expect([file.destroyed, stopped]).toEqual([true, true]);
  (await open(work, 'eve')).destroy();
});

test('a person is one, in however many sessions', async () => {
  const work = new HeavyWork(new FakeClock(), new Metrics());
  const first = await work.stream('history-export', asked('amy', 'one'), () => Promise.resolve(lines()));
  const again = work.stream('history-export', asked('amy', 'two'), () => Promise.resolve(lines()));
  await expect(again).rejects.toMatchObject({ code: 'too-many-attempts' });
  const other = await work.stream('history-export', asked('ben', 'three'), () => Promise.resolve(lines()));
  first.destroy();
  other.destroy();
});
