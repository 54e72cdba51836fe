import type { AgeGroup } from '@vigil/contracts';
import { AGE_BANDS } from './bedside-pews.js';
import { type Acvpu, type AgeBand, type AirOrOxygen, type Given, type Known, NOTHING_GIVEN } from './definition.js';
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
  const { inputs } = state;
  return {
    ...ratioGivenAt(state, nowMs),
    respirationRate: knownOf<number>(inputs.respirationRate, nowMs),
    spo2: knownOf<number>(inputs.spo2, nowMs),
    oxygen: oxygenOf(state, nowMs),
    consciousness: knownOf<Acvpu>(inputs.consciousness, nowMs),
    temperature: knownOf<number>(inputs.temperature, nowMs),
    spo2Scale: state.spo2Scale,
    ageBands: ageBandsOf(state.ageGroup),
  };
}

/** The same of what ratios are made of, and nothing else: they are looked at often. */
export function ratioGivenAt({ inputs }: ScoreState, nowMs: number): Given {
  const { heartRate, pulseRate, arterialSystolic, nibpSystolic } = inputs;
  const arterial = meanOf(arterialSystolic, inputs.arterialDiastolic, inputs.arterialMean, nowMs);
  return {
    ...NOTHING_GIVEN,
    systolic: preferred(knownOf(arterialSystolic, nowMs), knownOf(nibpSystolic, nowMs)),
    meanPressure: preferred(arterial, meanOf(nibpSystolic, inputs.nibpDiastolic, inputs.nibpMean, nowMs)),
    pulse: preferred(knownOf(heartRate, nowMs), knownOf(pulseRate, nowMs)),
  };
}

/** Null for what was never said or has expired. Numbers are numbers and codes are codes by their inputs' names. */
function knownOf<V extends number | string>(input: InputState | undefined, nowMs: number): Known<V> | null {
  return input === undefined || nowMs >= input.atMs + input.forMs ? null : (input as Known<number | string> as Known<V>);
}

function preferred(first: Known | null, second: Known | null): Known | null {
  if (first === null || second === null) return first ?? second;
  return second.atMs - first.atMs > PREFERRED_FOR_MS ? second : first;
}

/** The device's own mean, unless a pair of systolic and diastolic of one moment is newer. */
function meanOf(
  systolicInput: InputState | undefined,
  diastolicInput: InputState | undefined,
  meanInput: InputState | undefined,
  nowMs: number,
): Known | null {
  const own = knownOf<number>(meanInput, nowMs);
  const systolic = knownOf<number>(systolicInput, nowMs);
  const diastolic = knownOf<number>(diastolicInput, nowMs);
  if (systolic === null || diastolic === null || Math.abs(systolic.atMs - diastolic.atMs) > PREFERRED_FOR_MS) return own;
  const atMs = Math.min(systolic.atMs, diastolic.atMs);
  if (own !== null && atMs - own.atMs <= PREFERRED_FOR_MS) return own;
  const untilMs = Math.min(systolic.atMs + systolic.forMs, diastolic.atMs + diastolic.forMs);
  const mean = meanPressureOf({ systolic: systolic.value, diastolic: diastolic.value });
  return { value: Math.floor(mean + 0.5), atMs, forMs: untilMs - atMs, source: systolic.source };
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
  if (known === null) return null;
  const { value, atMs, forMs, source } = known;
  return { value: value > air ? 'oxygen' : 'air', atMs, forMs, source };
}

/** Only of a neonate the age is known well enough for one band. */
function ageBandsOf(ageGroup: AgeGroup): readonly AgeBand[] {
  return ageGroup === 'neonate' ? ['0-3 mo'] : AGE_BANDS;
}
