import { FakeClock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import { Metrics } from '../health/metrics.js';
import { Readiness } from '../health/readiness.js';
import { StreamService } from './stream.service.js';
import { StreamWork } from './stream-work.js';

test('a hub that goes away between the two questions of the start is waited for, and does not end the process', async () => {
  const clock = new FakeClock(1_000_000);
  const asked: string[] = [];
  const lines: string[] = [];
  const log = {
    partitionCount: () => Promise.resolve(1),
    identity: () =>
      asked.push('identity') === 1
        ? Promise.reject(new PlatformError('log-unavailable', {}, true))
        : Promise.resolve('vigil of tuesday'),
    close: () => Promise.resolve(),
  };
  // The start ends here, because the log is another one: what follows is not what this test is about.
  const alarms = { isOwnLog: (identity: string) => Promise.resolve(asked.push(identity) < 0) };
  const say = (text: string): void => void lines.push(text);
  const work = new StreamWork('live', new Set(['alarms', 'history', 'live']));
  const says = { warn: say, error: say, info: say };
  const once = { isMine: () => true };
  const parts = [log, alarms, {}, {}, clock, {}, new Readiness(clock), new Metrics(), says, {}, work, once];
  const service = new StreamService(...(parts as unknown as ConstructorParameters<typeof StreamService>));
  service.onApplicationBootstrap();
  for (let second = 0; second < 3; second++) await clock.advance(1_000);
  await service.beforeApplicationShutdown();
  expect(asked).toEqual(['identity', 'identity', 'vigil of tuesday']);
  expect(lines[0]).toBe('the event hub does not answer; trying again');
});
