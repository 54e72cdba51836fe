import { movedStretches } from './device-conflicts.js';
import type { EncounterRow } from './schema-stays.js';
import { lostStretches } from './stays-lost.js';

const row = (encounter_id: string, bed_id: string, from: number, to: number | null, more: Partial<EncounterRow> = {}) =>
  ({
    encounter_id,
    patient_id: 'p',
    bed_id,
    admitted_ms: from,
    bed_since_ms: null,
    discharged_ms: to,
    voided_wall_ms: null,
    ...more,
  }) as EncounterRow;
const past = (encounterId: string, bedId: string, fromMs: number, toMs: number) =>
  ({ encounterId, patientId: 'p', bedId, fromMs, toMs }) as never;

test.each<[string, Parameters<typeof lostStretches>, unknown[]]>([
  [
    'nothing changed',
    [
      { row: row('e', 'a', 1, null), past: [] },
      { row: row('e', 'a', 1, null), past: [] },
    ],
    [],
  ],
  [
    'voided: all of it, also what was before',
    [
      { row: row('e', 'b', 5, 9), past: [past('e', 'a', 1, 5)] },
      { row: row('e', 'b', 5, 9, { voided_wall_ms: 1 }), past: [] },
    ],
    [
      { bedId: 'a', fromMs: 1, toMs: 5, encounterId: null },
      { bedId: 'b', fromMs: 5, toMs: 9, encounterId: null },
    ],
  ],
  [
    'another patient, from later on',
    [
      { row: row('e', 'a', 1, null), past: [] },
      { row: row('n', 'a', 3, null), past: [] },
    ],
    [
      { bedId: 'a', fromMs: 1, toMs: 3, encounterId: null },
      { bedId: 'a', fromMs: 3, toMs: null, encounterId: 'n' },
    ],
  ],
  [
    'longer than was said: nothing of it is lost',
    [
      { row: row('e', 'a', 5, null), past: [] },
      { row: row('e', 'a', 1, null), past: [] },
    ],
    [],
  ],
])('what a stay has lost: %s', (_what, [before, after], lost) => {
  expect(lostStretches(before, after)).toEqual(lost);
});

const span = (bedId: string, fromMs: number, toMs: number | null) =>
  ({ assignmentId: bedId, bedId, fromMs, toMs, channels: null }) as never;

test.each<[string, Parameters<typeof movedStretches>, unknown[]]>([
  ['new', [[], [span('a', 1, null)]], []],
  ['ended', [[span('a', 1, null)], [span('a', 1, 5)]], [{ fromBedId: 'a', toBedId: null, fromMs: 5, toMs: null }]],
  [
    'moved',
    [[span('a', 1, null)], [span('a', 1, 5), span('b', 5, null)]],
    [{ fromBedId: 'a', toBedId: 'b', fromMs: 5, toMs: null }],
  ],
  [
    'another bed and another time',
    [[span('a', 1, 9)], [span('b', 5, 12)]],
    [
      { fromBedId: 'a', toBedId: null, fromMs: 1, toMs: 5 },
      { fromBedId: 'a', toBedId: 'b', fromMs: 5, toMs: 9 },
    ],
  ],
  ['longer', [[span('a', 5, 9)], [span('a', 1, null)]], []],
])('what a device brought that goes elsewhere: %s', (_what, [before, after], moved) => {
  expect(movedStretches(before, after)).toEqual(moved);
});
