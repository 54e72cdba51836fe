import '../words/english-for-tests.js';
import { troubleOf } from '../live/problem.js';
import { onCallTroubleText } from './on-call-trouble.js';

const field = (message: string) => ({ path: 'body.x', message });

test.each([
  ['revision-moved', [], /Somebody has changed it meanwhile/],
  ['policy-refused', [field('no step finds anybody')], /It cannot be used\. \(no step finds anybody\)$/],
  ['conflict', [field('it has begun')], /Look again\. \(it has begun\)$/],
  ['invalid-request', [field('later than from')], /^Later than from\.$/],
  ['offline', [], /^Vigil cannot be reached/],
  ['never-heard-of', [], /^The server could not do this/],
])('%s says what to do, and why where the server said it', (code, fields, text) => {
  expect(onCallTroubleText({ ...troubleOf(code), fields })).toMatch(text);
});
