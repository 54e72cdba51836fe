import { troubleOf } from './trouble.js';

const named = (name: string, code?: string): Error =>
  Object.assign(new Error('x'), { name, ...(code === undefined ? {} : { code }) });

test.each([
  ['a key that is not known', named('MessagingError', 'UnauthorizedError'), 'refused'],
  ['a hub that is not there', named('MessagingEntityNotFoundError'), 'no-such-hub'],
  ['a position behind the end', named('MessagingError', 'ArgumentError'), 'position'],
  ['a hub that throttles', named('ServerBusyError'), 'busy'],
  ['nobody who listens', named('Error', 'ECONNREFUSED'), 'away'],
  ['anything else', named('TypeError'), 'unknown'],
  ['no error at all', undefined, 'unknown'],
])('%s is told apart', (_what, error, expected) => expect(troubleOf(error)).toBe(expected));

test('what happened is found inside the nested aggregates that the client throws after its retries', () => {
  const inner = new AggregateError([named('OperationTimeoutError'), named('MessagingError', 'UnauthorizedError')]);
  expect(troubleOf(new AggregateError([named('OperationTimeoutError'), inner]))).toBe('refused');
});
