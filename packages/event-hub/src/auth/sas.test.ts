import { createHmac } from 'node:crypto';
import { Grants, rightsNeeded } from './grants.js';
import type { SharedAccessKey } from './key-store.js';
import { verifySas } from './sas.js';

const NOW_MS = 1_800_000_000_000;
const key: SharedAccessKey = { name: 'gateway', rights: ['Send'], primary: 'p'.repeat(44), secondary: 's'.repeat(44) };
const keys = new Map([[key.name, key]]);

interface TokenParts {
  sr?: string;
  secret?: string;
  expiresMs?: number;
  skn?: string;
}

function token({
  sr = 'sb://127.0.0.1/vigil',
  secret = key.primary,
  expiresMs = NOW_MS + 60_000,
  skn = 'gateway',
}: TokenParts): string {
  const resource = encodeURIComponent(sr);
  const se = Math.floor(expiresMs / 1000);
  const sig = createHmac('sha256', secret).update(`${resource}\n${se}`).digest('base64');
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(sig)}&se=${se}&skn=${encodeURIComponent(skn)}`;
}

test.each<[string, string, string, string]>([
  ['the primary key', token({}), 'sb://127.0.0.1/vigil', 'ok'],
  ['the secondary key', token({ secret: key.secondary }), 'sb://127.0.0.1/vigil', 'ok'],
  ['a resource above the audience', token({ sr: 'sb://other:5672/' }), 'sb://127.0.0.1/vigil/Partitions/0', 'ok'],
  ['a resource in other case', token({ sr: 'sb://127.0.0.1/Vigil' }), 'amqp://127.0.0.1:5672/vigil', 'ok'],
  ['another secret', token({ secret: 'x'.repeat(44) }), 'sb://127.0.0.1/vigil', 'bad-signature'],
  ['a signature of another expiry', token({}).replace(/se=\d+/, 'se=1999999999'), 'sb://127.0.0.1/vigil', 'bad-signature'],
  ['a key that is not there', token({ skn: 'nobody' }), 'sb://127.0.0.1/vigil', 'unknown-key'],
  ['an expiry in the past', token({ expiresMs: NOW_MS }), 'sb://127.0.0.1/vigil', 'expired'],
  ['a resource with the same beginning', token({ sr: 'sb://127.0.0.1/vig' }), 'sb://127.0.0.1/vigil', 'wrong-audience'],
  ['a resource below the audience', token({ sr: 'sb://127.0.0.1/vigil/Partitions/0' }), 'sb://127.0.0.1/vigil', 'wrong-audience'],
  ['a missing field', token({}).replace(/&skn=.*/, ''), 'sb://127.0.0.1/vigil', 'malformed'],
  ['a field twice', `${token({})}&se=1999999999`, 'sb://127.0.0.1/vigil', 'malformed'],
  ['a broken escape', token({}).replace('skn=', 'skn=%'), 'sb://127.0.0.1/vigil', 'malformed'],
  ['another kind of token', 'Bearer abc', 'sb://127.0.0.1/vigil', 'malformed'],
])('a token with %s', (_, text, audience, expected) => {
  const verdict = verifySas(keys, text, audience, NOW_MS);
  expect(verdict.ok ? 'ok' : verdict.reason).toBe(expected);
});

test('a grant covers its path and what is below, with its rights, until it expires', () => {
  const grants = new Grants();
  grants.add('sb://127.0.0.1/vigil', ['Send'], NOW_MS + 1000);
  expect(grants.allows('vigil', ['Send'], NOW_MS)).toBe(true);
  expect(grants.allows('vigil/Partitions/3', ['Send'], NOW_MS)).toBe(true);
  expect(grants.allows('vigil/ConsumerGroups/alarms/Partitions/3', ['Listen'], NOW_MS)).toBe(false);
  expect(grants.allows('vigil2', ['Send'], NOW_MS)).toBe(false);
  expect(grants.allows('vigil', ['Send'], NOW_MS + 1000)).toBe(false);
  grants.add('sb://127.0.0.1/vigil', ['Manage'], NOW_MS + 5000);
  expect(grants.allows('vigil/ConsumerGroups/alarms/Partitions/3', ['Listen'], NOW_MS + 1000)).toBe(true);
});

test.each([
  ['sb://h/vigil/ConsumerGroups/alarms/Partitions/0', ['Listen']],
  ['sb://h/vigil/Partitions/0', ['Send']],
  ['sb://h/vigil/nonsense', null],
])('the audience %s needs %j', (audience, rights) => {
  expect(rightsNeeded(audience)).toEqual(rights);
});
