import type { DeviceFaultCode, DeviceId } from '@vigil/contracts';
import { PASSING_SECONDS, PassingFaults } from './passing-faults.js';

const mon1 = 'mon-1' as DeviceId;
let said: string[];
let passing: PassingFaults;
beforeEach(() => {
  said = [];
  passing = new PassingFaults({
    device: (id: DeviceId, fault: DeviceFaultCode, active: boolean) => void said.push(`${id} ${fault} ${active}`),
    gateway: () => undefined,
  });
});

test('a fault of which only signs are seen is over some time after the last of them', () => {
  passing.sign(mon1, 'flooding', 0);
  passing.endSecond(PASSING_SECONDS.flooding - 1);
  passing.sign(mon1, 'flooding', PASSING_SECONDS.flooding - 1);
  passing.endSecond(PASSING_SECONDS.flooding);
  expect(said).toEqual(['mon-1 flooding true', 'mon-1 flooding true']);
  passing.endSecond(2 * PASSING_SECONDS.flooding - 1);
  passing.endSecond(2 * PASSING_SECONDS.flooding);
  expect(said.slice(2)).toEqual(['mon-1 flooding false']);
});

test('each fault of each device ends by itself', () => {
  passing.sign(mon1, 'wrongTopic', 0);
  passing.sign('mon-2' as DeviceId, 'flooding', 0);
  passing.endSecond(PASSING_SECONDS.flooding);
  expect(said.slice(2)).toEqual(['mon-2 flooding false']);
});
