import { LogEvent } from '@vigil/contracts';
import { emptyPartition } from './state.js';
import { step } from './step.js';

const at = (s: number): number => 1_000_000_000_200_000 + s * 1_000;
const event = (kind: string, atS: number, more: object): LogEvent =>
  LogEvent.parse({
    ...{ v: 1, id: `${kind}/${atS}`, key: 'bed:icu-1', origin: 'live', atMs: at(atS), kind, bedId: 'icu-1', encounterId: 'e1' },
    ...more,
  });
const moved = [
  event('admit', 0, { patientId: 'p1' }),
  event('transferOut', 10, { toBedId: 'icu-2' }),
  // Somebody else lies there by now.
  event('admit', 20, { encounterId: 'e2', patientId: 'p2' }),
];
const limits = { metric: 'spo2', low: 85, high: null, reason: 'test', by: 'amy', toMs: at(3_600) };
const items = [{ item: 'consciousness', value: 'V' }];

describe('what is said at the old bed of somebody who went to another', () => {
  test.each([
    ['an own limit', event('limitsSet', 30, limits)],
    ['an observation', event('charted', 30, { chartId: 'c1', by: 'amy', validated: false, items })],
    ['the end of the stay', event('discharge', 30, {})],
    ['a standby', event('standbySet', 30, { standbyId: 's1', toMs: at(900), place: 'imaging' })],
    ['the end of a standby', event('standbyEnded', 30, { standbyId: 's1', cause: 'person' })],
    ['a merge of records', event('patientMerged', 30, { fromPatientId: 'p1', patientId: 'p9' })],
    ['another age group', event('stayProfileSet', 30, { ageGroup: 'paediatric', by: 'amy' })],
  ])('goes after the patient, and touches nobody who lies there: %s', (_, late) => {
    const { state } = step(emptyPartition(), moved);
    const before = JSON.stringify(state.keys.get(late.key));
    const { appends, effects } = step(state, [late]);
    expect(appends).toEqual([expect.objectContaining({ kind: late.kind, key: 'bed:icu-2', bedId: 'icu-2', encounterId: 'e1' })]);
    expect(effects).toEqual([]);
    expect(JSON.stringify(state.keys.get(late.key))).toBe(before);
  });
});
