import { FakeClock } from '@vigil/clock';
import { serviceManager } from './systemd.js';

const SOCKET = { NOTIFY_SOCKET: '/run/systemd/notify' };

test('systemd hears of the start, of life thrice in its interval, and of the stop', async () => {
  const clock = new FakeClock();
  const states: string[] = [];
  const manager = serviceManager({ ...SOCKET, WATCHDOG_USEC: '60000000' }, clock, (state) => states.push(state));
  await clock.advance(60_000);
  expect(states).toEqual([]);
  manager.ready();
  await clock.advance(60_000);
  expect(states).toEqual(['READY=1', 'WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1']);
  manager.stopping();
  await clock.advance(60_000);
  expect(states.slice(4)).toEqual(['STOPPING=1']);
});

test('without a watchdog there are no signs of life, and without systemd nothing is said at all', async () => {
  const clock = new FakeClock();
  const states: string[] = [];
  serviceManager(SOCKET, clock, (state) => states.push(state)).ready();
  const alone = serviceManager({ WATCHDOG_USEC: '60000000' }, clock, (state) => states.push(state));
  alone.ready();
  alone.stopping();
  await clock.advance(120_000);
  expect(states).toEqual(['READY=1']);
});
