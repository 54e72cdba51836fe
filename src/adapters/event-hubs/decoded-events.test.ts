import { admission } from '../../../test/contract/event-log.contract.js';
import { DecodedEvents } from './decoded-events.js';

const received = (sequenceNumber: number, body: unknown = admission(sequenceNumber), ms = sequenceNumber) => ({
  body,
  offset: `o${sequenceNumber}`,
  sequenceNumber,
  enqueuedTimeUtc: new Date(ms),
});

test('an event is checked once for all readers, and each of them gets it', () => {
  const decoded = new DecodedEvents();
  const [first] = decoded.read([received(1)], 0).located;
  const [second] = decoded.read([received(1, 'not looked at again')], 0).located;
  expect(second).toEqual(first);
  expect(second!.event).toBe(first!.event);
});

test('another partition, and another log of the same name, are another event', () => {
  const decoded = new DecodedEvents();
  decoded.read([received(1)], 0);
  expect(decoded.read([received(1, 'x')], 1).malformed).toMatchObject([{ reason: 'not-an-event', body: 'x', sequence: 1 }]);
  expect(decoded.read([received(1, 'x', 999)], 0).malformed).toHaveLength(1);
});

test('what is kept has a bound, and what was dropped is checked again', () => {
  const decoded = new DecodedEvents();
  decoded.read([received(0)], 0);
  for (let n = 1; n <= 2_000; n++) decoded.read([received(n)], 0);
  expect(decoded.read([received(0, 'x')], 0).malformed).toHaveLength(1);
  expect(decoded.read([received(1_999, 'x')], 0).malformed).toHaveLength(0);
});

test('bytes are read as JSON, and what is none is kept as it came', () => {
  const decoded = new DecodedEvents();
  const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');
  expect(decoded.read([received(1, bytes(JSON.stringify(admission(1))))], 0).located).toMatchObject([{ event: admission(1) }]);
  const { malformed } = decoded.read([received(2, bytes('{"v":1}')), received(3, bytes('{"v":'))], 0);
  expect(malformed.map(({ body }) => body)).toEqual([{ v: 1 }, bytes('{"v":')]);
});
