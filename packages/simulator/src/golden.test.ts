import { BedId, DeviceId, DeviceMessage } from '@vigil/contracts';
import { recordingEvents } from './golden.js';
import { valid } from './recordings/record.js';

const place = { bedId: BedId.parse('icu-1'), deviceId: DeviceId.parse('sim-icu-1'), startMs: 1_000_000 };
const record = {
  set: 'physionet2012',
  recordId: '1001',
  samples: [
    { offsetMs: 0, readings: [valid('heartRate', 80), valid('temperature', -17.8)] },
    { offsetMs: 60_000, readings: [valid('temperature', -17.8)] },
    { offsetMs: 120_000, readings: [valid('heartRate', 0)] },
  ],
} as const;

test('a record becomes log events, the same each time, without what the gateway would refuse', () => {
  const events = recordingEvents(record, place);
  expect(recordingEvents(record, place)).toEqual(events);
  for (const event of events) expect(DeviceMessage.parse(event)).toEqual(event);
  expect(events.map((e) => [e.seq, e.atMs, e.readings.map((r) => `${r.metric} ${r.value} ${r.quality}`)])).toEqual([
    [0, 1_000_000, ['heartRate 80 valid']],
    [2, 1_120_000, ['heartRate null notMeasured']],
  ]);
});
