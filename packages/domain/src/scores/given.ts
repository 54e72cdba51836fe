import type { AgeGroup } from '@vigil/contracts';
import { AGE_BANDS } from './bedside-pews.js';
import type { Acvpu, AgeBand, AirOrOxygen, Given, Known } from './definition.js';
import { meanPressureOf } from './ratios.js';
import type { InputName, InputState, ScoreState } from './score-state.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/**
 * How long a value counts from its measurement on (docs/clinical.md, "Scores"): `chartedMs` where a person wrote it. What a
 * monitor sends all the time counts 5 minutes: longer than a change of electrodes, shorter than the shortest round. A cuff
 * counts an hour or three of its intervals. Temperature counts 6 h and consciousness and oxygen 12 h, the intervals of the RCP's
 * chart 4 at 1 to 4 and at 0 points: nothing older belongs to one set of observations. Site-neutral choices [M].
 */
export const EXPIRY: Readonly<Partial<Record<InputName, { readonly deviceMs: number; readonly chartedMs: number }>>> = {
  heartRate: { deviceMs: 5 * MINUTE_MS, chartedMs: HOUR_MS },
  pulseRate: { deviceMs: 5 * MINUTE_MS, chartedMs: HOUR_MS },
  spo2: { deviceMs: 5 * MINUTE_MS, chartedMs: HOUR_MS },
  respirationRate: { deviceMs: 5 * MINUTE_MS, chartedMs: HOUR_MS },
  arterialSystolic: { deviceMs: 5 * MINUTE_MS, chartedMs: HOUR_MS },
  arterialDiastolic: { deviceMs: 5 * MINUTE_MS, chartedMs: HOUR_MS },
  arterialMean: { deviceMs: 5 * MINUTE_MS, chartedMs: HOUR_MS },
  nibpSystolic: { deviceMs: HOUR_MS, chartedMs: HOUR_MS },
  nibpDiastolic: { deviceMs: HOUR_MS, chartedMs: HOUR_MS },
  nibpMean: { deviceMs: HOUR_MS, chartedMs: HOUR_MS },
  temperature: { deviceMs: 6 * HOUR_MS, chartedMs: 6 * HOUR_MS },
  consciousness: { deviceMs: 12 * HOUR_MS, chartedMs: 12 * HOUR_MS },
  supplementalOxygen: { deviceMs: 12 * HOUR_MS, chartedMs: 12 * HOUR_MS },
  oxygenFlow: { deviceMs: 3 * HOUR_MS, chartedMs: 12 * HOUR_MS },
  inspiredOxygen: { deviceMs: 3 * HOUR_MS, chartedMs: 12 * HOUR_MS },
};
/** A cuff that goes seldom counts for so many of its intervals, and never longer than that. */
const CUFF_INTERVALS = 3;
const CUFF_MS_MAX = 6 * HOUR_MS;

/** How long what was said of an input counts; 0 for what no score is made of. */
export function countsFor(input: InputName, source: InputState['source'], intervalMs: number): number {
  const row = EXPIRY[input];
  if (row === undefined) return 0;
  if (source === 'charted') return row.chartedMs;
  if (!input.startsWith('nibp')) return row.deviceMs;
  return Math.min(CUFF_MS_MAX, Math.max(row.deviceMs, CUFF_INTERVALS * intervalMs));
}

/** The first of two ways to measure a thing is used as long as the other is not newer by more than this. */
const PREFERRED_FOR_MS = MINUTE_MS;

/**
 * What is known at `nowMs` of all that scores are made of, by these rules:
 * - arterial pressure before cuff, heart rate before pulse rate, as long as the second is not newer by more than a minute;
 * - systolic, diastolic and mean pressure are of one way of measuring; the device's own mean before the formula;
 * - what was measured or charted last counts, whoever said it, until it expires;
 * - oxygen: see `oxygenOf`.
 */
export function givenAt(state: ScoreState, nowMs: number): Given {
  const of = (name: InputName): Known | null => knownOf<number>(state.inputs[name], nowMs);
  return {
    respirationRate: of('respirationRate'),
    spo2: of('spo2'),
    oxygen: oxygenOf(state, nowMs),
    systolic: preferred(of('arterialSystolic'), of('nibpSystolic')),
    meanPressure: preferred(meanOf(of, 'arterial'), meanOf(of, 'nibp')),
    pulse: preferred(of('heartRate'), of('pulseRate')),
    consciousness: knownOf<Acvpu>(state.inputs.consciousness, nowMs),
    temperature: of('temperature'),
    spo2Scale: state.spo2Scale,
    ageBands: ageBandsOf(state.ageGroup),
  };
}

function knownOf<V extends number | string>(input: InputState | undefined, nowMs: number): Known<V> | null {
  if (input === undefined || nowMs >= input.atMs + input.forMs) return null;
  return { value: input.value as V, atMs: input.atMs, untilMs: input.atMs + input.forMs, source: input.source };
}

function preferred(first: Known | null, second: Known | null): Known | null {
  if (first === null || second === null) return first ?? second;
  return second.atMs - first.atMs > PREFERRED_FOR_MS ? second : first;
}

/** The device's own mean, unless a pair of systolic and diastolic of one moment is newer. */
function meanOf(of: (name: InputName) => Known | null, way: 'arterial' | 'nibp'): Known | null {
  const own = of(`${way}Mean`);
  const [systolic, diastolic] = [of(`${way}Systolic`), of(`${way}Diastolic`)];
  if (systolic === null || diastolic === null || Math.abs(systolic.atMs - diastolic.atMs) > PREFERRED_FOR_MS) return own;
  const mean = meanPressureOf({ systolic: systolic.value, diastolic: diastolic.value });
  const formula: Known = {
    value: Math.floor(mean + 0.5),
    atMs: Math.min(systolic.atMs, diastolic.atMs),
    untilMs: Math.min(systolic.untilMs, diastolic.untilMs),
    source: systolic.source,
  };
  return preferred(own, formula);
}

/**
 * Air or oxygen. It is oxygen while anything that has not expired says so, because a flow meter knows nothing of the other
 * ways to give it; only a person who charted air after all those said so overrules them. It is air when nothing says oxygen
 * and something says air.
 */
function oxygenOf(state: ScoreState, nowMs: number): Known<AirOrOxygen> | null {
  const charted = knownOf<AirOrOxygen>(state.inputs.supplementalOxygen, nowMs);
  const flow = saying(knownOf<number>(state.inputs.oxygenFlow, nowMs), 0);
  const share = saying(knownOf<number>(state.inputs.inspiredOxygen, nowMs), 21);
  let newest: Known<AirOrOxygen> | null = null;
  for (const each of [charted, flow, share]) {
    if (each?.value === 'oxygen' && (newest === null || each.atMs > newest.atMs)) newest = each;
  }
  if (newest !== null) return charted?.value === 'air' && charted.atMs > newest.atMs ? charted : newest;
  for (const each of [charted, flow, share]) if (each !== null && (newest === null || each.atMs > newest.atMs)) newest = each;
  return newest;
}

function saying(known: Known | null, air: number): Known<AirOrOxygen> | null {
  return known === null ? null : { ...known, value: known.value > air ? 'oxygen' : 'air' };
}

/** Only of a neonate the age is known well enough for one band. */
function ageBandsOf(ageGroup: AgeGroup): readonly AgeBand[] {
  return ageGroup === 'neonate' ? ['0-3 mo'] : AGE_BANDS;
}
