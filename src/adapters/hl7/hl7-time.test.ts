import { dayOf, momentOf } from './hl7-time.js';

const VIENNA = 'Europe/Vienna';

test.each<[string, string, string | null]>([
  ['winter', '20260115083000', '2026-01-15T07:30:00.000Z'],
  ['summer', '202607150830', '2026-07-15T06:30:00.000Z'],
  ['with an offset', '20260115083000-0500', '2026-01-15T13:30:00.000Z'],
  ['with a fraction', '20260115083000.12', '2026-01-15T07:30:00.120Z'],
  ['of UTC', '20260115083000+0000', '2026-01-15T08:30:00.000Z'],
  ['that never was, as the clocks went forward', '20260329023000', null],
  ['the last before the clocks went forward', '202603290159', '2026-03-29T00:59:00.000Z'],
  ['the first after', '202603290300', '2026-03-29T01:00:00.000Z'],
  ['that was twice, as the clocks went back', '20261025023000', null],
  ['that was twice, with an offset', '20261025023000+0100', '2026-10-25T01:30:00.000Z'],
  ['the last before the clocks went back', '202610250159', '2026-10-24T23:59:00.000Z'],
  ['the first after it', '202610250300', '2026-10-25T02:00:00.000Z'],
  ['to the day', '20260115', null],
  ['to the hour', '2026011508', null],
  ['of no day', '202602300830', null],
  ['of no hour', '202601152400', null],
  ['with no offset that there is', '202601150830+2500', null],
  ['that is none', 'yesterday', null],
  ['that is empty', '', null],
])('a time %s', (_what, stamp, expected) => {
  const ms = momentOf(stamp, VIENNA);
  expect(ms === null ? null : new Date(ms).toISOString()).toBe(expected);
});

test.each([
  ['19600102', '1960-01-02'],
  ['196001021530', '1960-01-02'],
  ['196001', null],
  ['19600231', null],
  ['', null],
])('a day of birth %s', (stamp, expected) => expect(dayOf(stamp)).toBe(expected));
