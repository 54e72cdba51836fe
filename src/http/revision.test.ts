import { alarmETag, idempotencyKey, ifMatch } from './revision.js';

test('a command takes the revision of its own machine, alone or out of the ETag', () => {
  const etag = alarmETag({ rev: 3, escalation: { rev: 7 } });
  expect(etag).toBe('"3.7"');
  expect(ifMatch(etag, 'signal')).toBe(3);
  expect(ifMatch(etag, 'escalation')).toBe(7);
  expect(ifMatch('"5"', 'escalation')).toBe(5);
});

test.each(['*', '5', 'W/"5"', '"five"'])('%s is no revision', (header) => {
  expect(() => ifMatch(header, 'signal')).toThrow(/invalid-request/);
});

test('a missing revision is asked for', () => {
  expect(() => ifMatch(undefined, 'signal')).toThrow(/precondition-required/);
});

test('an idempotency key is a UUID', () => {
  expect(() => idempotencyKey('7')).toThrow(/invalid-request/);
  expect(idempotencyKey('0b0e1c9a-8a4e-4a53-9a25-1f4c1a2b3c4d')).toBe('0b0e1c9a-8a4e-4a53-9a25-1f4c1a2b3c4d');
});
