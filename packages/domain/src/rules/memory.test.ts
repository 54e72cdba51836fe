import type { LogEvent } from '@vigil/contracts';
import { handoverOf } from '../handover.js';
import { readKeyState } from '../migrate.js';
import type { BedState, PartitionState } from '../state.js';
import { step } from '../step.js';
import { message } from '../test-kit.js';
import { plainRules } from './memory.js';
import { each, runSet, setOf, times } from './test-kit.js';

const COUNTED = { kind: 'window', metric: 'heartRate', side: 'high', limit: 100, coveragePct: 80 };
const RULES = setOf([
  { ...COUNTED, id: 'most', window: { type: 'hopping', sizeMs: 60_000, hopMs: 20_000 }, aggregate: 'quantile', quantile: 0.2 },
  { ...COUNTED, id: 'half', window: { type: 'sliding', sizeMs: 60_000 }, aggregate: 'median', hysteresis: 4 },
  {
    kind: 'baseline',
    id: 'odd',
    metric: 'heartRate',
    side: 'high',
    z: 4,
    recentMs: 30_000,
    baselineMs: 120_000,
    coveragePct: 50,
    deviationMin: 2,
  },
]);
/** A reading a second; every seventh comes two seconds late, which is behind the end of a pane now and then. */
const readings = (fromS: number, toS: number, middle: number): LogEvent[] =>
  Array.from({ length: toS - fromS }, (_, i) => fromS + i)
    .sort((a, b) => a + (a % 7 === 0 ? 2.5 : 0) - (b + (b % 7 === 0 ? 2.5 : 0)))
    .map((atS) => message(atS, { heartRate: middle + ((atS * 31) % 11) }, { seq: atS }));
const before = readings(0, 300, 70);
const after = [...readings(300, 400, 110), ...readings(400, 700, 70)];

const packed = (bed: BedState): number => JSON.stringify(bed.rules).match(/"0\.[^"]*\."/g)?.length ?? 0;
const bedIn = (state: PartitionState): BedState => state.keys.get('bed:icu-1') as BedState;

/** Without what the engine has packed, as an engine of before it would have written it. */
function older(state: PartitionState): PartitionState {
  const bed = bedIn(state);
  const devices = Object.fromEntries(Object.entries(bed.devices).map(([deviceId, [only]]) => [deviceId, only]));
  const json = JSON.stringify({ ...bed, v: 2, devices, rules: plainRules(bed.rules) });
  return { engine: structuredClone(state.engine), keys: new Map([['bed:icu-1', readKeyState(json)]]) };
}

describe('what rules remember packed', () => {
  test('means the same as what an engine of before it has written, and becomes the same', () => {
    const { state } = runSet(RULES, before);
    const unpacked = older(state);
    expect(packed(bedIn(state))).toBeGreaterThan(10);
    expect(packed(bedIn(unpacked))).toBe(0);
    const [now, then] = [step(state, structuredClone(after)), step(unpacked, structuredClone(after))];
    expect(now.effects.map((e) => e.transition.conditionCode)).toEqual(expect.arrayContaining(['most', 'half', 'odd']));
    expect(then.effects).toEqual(now.effects);
    expect(JSON.stringify(bedIn(then.state))).toBe(JSON.stringify(bedIn(now.state)));
  });

  test('is unpacked for a gateway, whose engine may be older, and stays packed here', () => {
    const bed = bedIn(runSet(RULES, before).state);
    const here = JSON.stringify(bed);
    const handed = { ...bed, rules: handoverOf(bed).rules } as unknown as BedState;
    expect(packed(handed)).toBe(0);
    expect(handed.rules!['half']).toMatchObject({
      memory: {
        windows: { sketches: expect.arrayContaining([{ shift: 0, keys: expect.any(Array), counts: expect.any(Array) }]) },
      },
    });
    expect(JSON.stringify(bed)).toBe(here);
  });

  test.each([
    ['high', 90, 110],
    ['low', 110, 90],
  ])(
    'a %s median alarms with the reading that puts it beyond the limit, whatever lies on the other side',
    (side, inside, beyond) => {
      const median = {
        ...{ ...COUNTED, side, id: 'median', aggregate: 'median', coveragePct: 50 },
        window: { type: 'hopping', sizeMs: 60_000, hopMs: 20_000 },
      };
      const log = each('heartRate', 0, [...times(20, inside), ...times(30, beyond)]);
      expect(runSet(setOf([median]), log).said).toEqual(['median onset medium on @40']);
    },
  );
});
