/** Tokens that run out while their links are open: renewed by the unmodified client in time, or cut off. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SystemClock } from '@vigil/clock';
import type { RunningEventHub } from '@vigil/event-hub';
import { closing, EARLIEST, kindsOf, noRetries, producerFor, read, start, until } from './event-hub-clients.js';
import { signedConnection } from './event-hub-sas.js';

const FOLDER = join(import.meta.dirname, 'event-hub-tokens');
const HOUR_MS = 3_600_000;

/** The client signs for an hour. A hub whose clock is ahead sees what is left of it. */
class ClockAhead extends SystemClock {
  aheadMs = 0;

  override wallMs(): number {
    return super.wallMs() + this.aheadMs;
  }
}

interface Client {
  sent: number;
  came: number;
  readonly errors: string[];
}

/** @param renewsSoon what the client does after 45 minutes it does after a second */
function client(hub: RunningEventHub, renewsSoon: boolean): Client {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = fork(join(FOLDER, 'client.mjs'), {
    env: { ...env, CONNECTION: hub.connectionString('platform') },
    execArgv: renewsSoon ? ['--import', pathToFileURL(join(FOLDER, 'soon.mjs')).href] : [],
  });
  closing.push(async () => void child.kill('SIGKILL'));
  const seen: Client = { sent: 0, came: 0, errors: [] };
  child.on('message', (told: { kind: string; count?: number; text?: string }) => {
    if (told.kind === 'sent') seen.sent++;
    else if (told.kind === 'came') seen.came += told.count!;
    else seen.errors.push(told.text!);
  });
  return seen;
}

const cutOff = async (hub: RunningEventHub): Promise<number> => {
  const { values } = await hub.metrics.authFailures.get();
  return values.find(({ labels }) => labels.reason === 'link-expired')?.value ?? 0;
};

test('a client that renews its tokens goes on over their end, on the same links', async () => {
  const clock = new ClockAhead();
  const hub = await start({ clock });
  const seen = client(hub, true);
  await until('it works', () => seen.sent > 5 && seen.came > 5);
  // From now on a token is good for four seconds, and the first ones are at their end.
  clock.aheadMs = HOUR_MS - 4000;
  const endMs = Date.now() + 5500;
  await until('the first tokens are long over', () => Date.now() > endMs);
  const before = { ...seen };
  await until('it still works', () => seen.sent > before.sent + 5 && seen.came > before.came + 5);
  expect(seen.errors).toEqual([]);
  expect(await cutOff(hub)).toBe(0);
});

test('a client that does not is cut off when they are over, as unauthorized', async () => {
  const clock = new ClockAhead();
  const hub = await start({ clock });
  const seen = client(hub, false);
  await until('it works', () => seen.sent > 5 && seen.came > 5);
  clock.aheadMs = HOUR_MS + 60_000;
  await until('it is told', () => seen.errors.length > 0);
  expect(new Set(seen.errors)).toEqual(new Set(['UnauthorizedError']));
  await until('links for sending and for reading are cut off', () => seen.errors.length > 3);
  expect(await cutOff(hub)).toBeGreaterThanOrEqual(2);
});

test('a signature that its owner can not renew ends its links when it ends, and no earlier', async () => {
  const hub = await start();
  const endsMs = Math.ceil(Date.now() / 1000) * 1000 + 2000;
  const connection = signedConnection(hub.connectionString('platform'), { path: 'vigil', expiresMs: endsMs });
  const reader = read(connection, { partition: '0', startPosition: EARLIEST, retry: noRetries, maxWaitTimeInSeconds: 300 });
  const producer = producerFor(connection, 'vigil', noRetries);
  await producer.sendBatch([{ body: 1 }], { partitionId: '0' });
  await until('the event', () => reader.events.length === 1);
  await until('the reader is told', () => reader.errors.length > 0);
  expect(Date.now()).toBeGreaterThanOrEqual(endsMs);
  expect(reader.errors[0]).toBe('UnauthorizedError');
  const kinds = await producer.sendBatch([{ body: 2 }], { partitionId: '0' }).then(() => ['sent'], kindsOf);
  expect(kinds).toEqual(['UnauthorizedError']);
});
