import type { LimitsOffBoard, StandbyView } from '@vigil/contracts';
import { standbyByBed } from './standby.js';
import { bedOf, NOW } from './test-data.js';
import { fromSnapshot, type UnitState } from './unit-state.js';

const unitOf = (encounterId: string): UnitState => {
  const encounter = { encounterId, patientId: 'p', displayName: 'DOE, Jo', birthDate: '1958-03-04', sinceMs: 1 };
  return fromSnapshot({
    ...{ careUnitId: 'icu', label: 'ICU', seq: 1, serverWallMs: NOW.wallMs, beds: [bedOf(1, { encounter })] },
  } as never);
};
const row = { kind: 'standby', bedId: 'icu-1', encounterId: 'e-1', by: null, sinceMs: 5, untilMs: 9 };
const board = { rows: [row] } as unknown as LimitsOffBoard;
const list = [{ ...row, place: 'imaging', setBy: 'kn', fromMs: 5, toMs: 9, endedMs: null }] as unknown as StandbyView[];

test('who is away is told with the place, from the board and from the list alone', () => {
  const away = { place: 'imaging', byName: null, sinceMs: 5, untilMs: 9 };
  expect([...standbyByBed(list, board, unitOf('e-1'))]).toEqual([['icu-1', away]]);
  expect([...standbyByBed(list, null, unitOf('e-1'))]).toEqual([['icu-1', away]]);
});

test('that somebody was away who lay there before hides no silence of whoever lies there now', () => {
  expect(standbyByBed(list, board, unitOf('e-2')).size).toBe(0);
  expect(standbyByBed(list, null, unitOf('e-2')).size).toBe(0);
});
