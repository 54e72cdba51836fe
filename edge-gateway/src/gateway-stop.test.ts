/** How long a gateway takes to stop when the log is in its way: whoever started it waits a few seconds, then kills. */
import { FakeClock } from '@vigil/clock';
import { device, gateway, message } from './test-support/gateway-fixture.js';
import { FakeLog } from './test-support/fake-log.js';

/** Stops it and answers how much wall time that took. */
async function stopMs(clock: FakeClock, log: FakeLog, silentSeconds: number): Promise<number> {
  const at = await gateway({ clock, uplink: log });
  const client = await device(at, 'mon-1');
  await client.publishAsync('vigil/v1/mon-1/observations', message(1, { atMs: clock.nowMs() }), { qos: 1 });
  await client.endAsync();
  for (let second = 0; second < silentSeconds; second++) await clock.advance(1_000);
  const startedMs = clock.wallMs();
  let isStopped = false;
  const stopped = at.stop().then(() => (isStopped = true));
  while (!isStopped) {
    await clock.advance(10);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await stopped;
  return clock.wallMs() - startedMs;
}

const never = new Promise<void>(() => undefined);

/** A log whose connection is half open: it answers nothing, and even its close never ends. */
class DeafLog extends FakeLog {
  override hold = never;
  override close(): Promise<void> {
    return never;
  }
}

test('a log that has been silent for long is not waited for', async () => {
  expect(await stopMs(new FakeClock(), new DeafLog(), 10)).toBeLessThanOrEqual(2_500);
});

test('one that fell silent just now gets the time of one answer, and the stop is over before it is forced', async () => {
  expect(await stopMs(new FakeClock(), new DeafLog(), 0)).toBeLessThanOrEqual(6_000);
});
