import { networkOf, RequestLimits } from './request-limits.js';

const READ = '/api/v1/beds';
const ACCEPT = '/api/v1/alarms/:alarmId/accept';

function drain(limits: RequestLimits, name: string): void {
  for (let i = 0; i < 1_000 && limits.caller(name, READ, 0) === 0; i++);
}

test('a screen that asks too often has to wait, and its person still accepts', () => {
  const limits = new RequestLimits(5);
  drain(limits, 'amy');
  expect(limits.caller('amy', READ, 0)).toBeGreaterThan(0);
  expect(limits.caller('amy', ACCEPT, 0)).toBe(0);
  expect(limits.caller('ben', READ, 0)).toBe(0);
});

test('a flood from one address does not stop an accept from there', () => {
  const limits = new RequestLimits(5);
  while (limits.address('10.0.0.1', READ, 0) === 0);
  expect(limits.address('10.0.0.1', ACCEPT, 0)).toBe(0);
  expect(limits.address('10.0.0.2', READ, 0)).toBe(0);
});

test('an accept is bounded too', () => {
  const limits = new RequestLimits(1);
  let waitMs = 0;
  for (let i = 0; i < 1_000 && waitMs === 0; i++) waitMs = limits.caller('amy', ACCEPT, 0);
  expect(waitMs).toBeGreaterThan(0);
});

test.each([
  ['10.1.2.3', '10.1.2.3'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8:0:1:aaaa::1', '2001:db8:0:1::/64'],
  ['2001:0DB8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s belongs to %s', (ip, network) => {
  expect(networkOf(ip)).toBe(network);
});
