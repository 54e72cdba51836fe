import { EpochMs } from '@vigil/contracts';
import { z } from 'zod';
import { InvalidRequest, parse } from './invalid-request.js';

const query = z.object({
  from: z.coerce.number().pipe(EpochMs),
  to: z.coerce.number().int().nonnegative(),
});

const errorsOf = (sent: unknown) => {
  try {
    parse(query, sent, 'query');
    return [];
  } catch (error) {
    return error instanceof InvalidRequest ? error.errors : null;
  }
};

test.each([[{}], [{ from: 'yesterday', to: 'now' }]])(
  'a time that is left out or is no number is asked for in plain words: %j',
  (sent) => {
    const message = 'missing, or no number: a whole number is expected';
    expect(errorsOf(sent)).toEqual([
      { path: 'query.from', message },
      { path: 'query.to', message },
    ]);
  },
);

test('a number that does not fit keeps its own reason', () => {
  expect(errorsOf({ from: '5', to: '-1' })).toMatchObject([
    { path: 'query.to', message: expect.stringContaining('>=0') as string },
  ]);
});
