import { FakeClock } from '@vigil/clock';
import { Registry } from 'prom-client';
import { MemoryPager, PagerList } from '../adapters/memory/memory-pager.js';
import { DUTY_LOOK_EVERY_MS, DutyWatch } from './duty-watch.js';

const way = { contactId: 'amy/sms', staffId: 'amy', staffName: 'Amy', channel: 'sms', address: '+43123456789' };
const people = { reachable: 0, doubtful: 1, unreachable: 0 };
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Every look finds `perLook` ways to try; the provider answers when `answer` is called. */
function watching(perLook: number) {
  const clock = new FakeClock();
  const provider = Promise.withResolvers<{ readonly receipt: string }>();
  const seen = { looks: 0, sent: 0 };
  const look = () => {
    seen.looks++;
    return Promise.resolve({ people, tests: Array.from({ length: perLook }, () => way) });
  };
  const send = () => {
    seen.sent++;
    return provider.promise;
  };
  const pagers = new PagerList([Object.assign(new MemoryPager('sms'), { send })]);
  const metrics = { registry: new Registry() };
  const watch = new DutyWatch({ look } as never, pagers, clock as never, log as never, metrics as never);
  return { clock, watch, seen, answer: () => provider.resolve({ receipt: 'ok' }) };
}

test('a provider that is silent keeps no look waiting, and gets no more than four tests at a time', async () => {
  const { clock, watch, seen, answer } = watching(5);
  watch.onApplicationBootstrap();
  await clock.advance(3 * DUTY_LOOK_EVERY_MS);
  expect(seen).toEqual({ looks: 3, sent: 4 });
  answer();
  await watch.beforeApplicationShutdown();
});

test('who stops waits for the tests that are under way, and begins no others', async () => {
  const { clock, watch, seen, answer } = watching(5);
  watch.onApplicationBootstrap();
  await clock.advance(DUTY_LOOK_EVERY_MS);
  const stopped = watch.beforeApplicationShutdown();
  answer();
  await stopped;
  expect(seen).toEqual({ looks: 1, sent: 4 });
});
