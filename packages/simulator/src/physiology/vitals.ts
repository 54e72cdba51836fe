import type { MetricName } from '@vigil/contracts';
import { type Prng } from './random.js';
import type { ActiveEvent } from './script.js';

/** What the simulated monitor can measure. Consciousness and oxygen are charted by people, not measured. */
export type Vital = Exclude<MetricName, 'consciousness' | 'oxygenFlow' | 'inspiredOxygen'>;
export type Vitals = Readonly<Record<Vital, number>>;

/** One person's usual state, drawn from the seed; adults in an intensive care unit who are doing well. */
export interface Person {
  readonly heartRate: number;
  readonly respirationRate: number;
  readonly spo2: number;
  readonly temperature: number;
  readonly systolic: number;
  readonly diastolic: number;
}

export function person(random: Prng): Person {
  const between = (name: string, low: number, high: number): number => low + (high - low) * random.pick(name);
  return {
    heartRate: between('base.hr', 62, 86),
    respirationRate: between('base.rr', 12, 17),
    spo2: between('base.spo2', 96, 98.5),
    temperature: between('base.temp', 36.5, 37.2),
    systolic: between('base.sys', 110, 132),
    diastolic: between('base.dia', 62, 78),
  };
}

/** What each event does at its worst: the value it leads to. What is not named stays as it is. */
const WORST: Partial<Record<ActiveEvent['kind'], Partial<Person>>> = {
  desaturation: { spo2: 84 },
  tachycardia: { heartRate: 150 },
  sepsis: { heartRate: 124, respirationRate: 29, temperature: 39.4, systolic: 84, diastolic: 46, spo2: 93 },
};

const BREATH_MS_MINUTE = 60_000;

/** How somebody is at a moment, before the breath and the sensors add theirs; etCO2 only where it does not follow the breathing. */
export interface Condition extends Person {
  readonly etco2?: number;
}

/**
 * The vital signs of one person at one moment of the timetable: drawn from the usual state towards the event's worst by its share.
 * Pure: the same seed, bed, time and event give the same numbers.
 */
export function vitalsAt(random: Prng, usual: Person, atMs: number, event: ActiveEvent | null): Vitals {
  if (event === null) return vitalsOf(random, usual, usual, atMs);
  const now = { ...usual };
  for (const [name, worst] of Object.entries(WORST[event.kind] ?? {})) {
    const key = name as keyof Person;
    now[key] = usual[key] + (worst - usual[key]) * event.share;
  }
  return vitalsOf(random, usual, now, atMs);
}

/**
 * What a monitor shows of somebody in this condition: slow drift, coupling to the breath (heart rate rises and pulse pressure
 * falls while breathing in) and sensor noise.
 *
 * Pure. Values are as a monitor shows them, whole numbers and tenths of a degree, and always plausible by the contracts.
 */
export function vitalsOf(random: Prng, usual: Person, now: Condition, atMs: number): Vitals {
  const step = Math.floor(atMs / 1000);
  const slow = (name: string): number =>
    0.7 * random.drift(`${name}.slow`, atMs, 300_000) + 0.3 * random.drift(name, atMs, 40_000);
  // Somebody who does not breathe has no breath that moves the rest.
  const depth = Math.min(1, now.respirationRate / 4);
  const breath = depth * Math.sin((2 * Math.PI * usual.respirationRate * atMs) / BREATH_MS_MINUTE);
  const heartRate = now.heartRate + 4 * slow('hr') + 1.6 * breath + 0.5 * random.noise('hr.beat', step);
  const systolic = now.systolic + 5 * slow('bp') - 2.5 * breath + random.noise('bp.beat', step);
  const diastolic = now.diastolic + 3 * slow('bp') - 1 * breath + random.noise('bp.dia', step);
  const spo2 = Math.min(100, now.spo2 + 0.6 * slow('spo2') + 0.4 * random.noise('spo2.beat', step));
  const respirationRate =
    now.respirationRate + depth * (1.5 * slow('rr') + 0.6 * random.noise('rr.breath', Math.floor(step / 4)));
  const mean = diastolic + (systolic - diastolic) / 3;
  const cuff = random.noise('nibp.cuff', step) * 2;
  return {
    heartRate: Math.round(heartRate),
    pulseRate: Math.round(heartRate + 0.8 * random.noise('pr.beat', step)),
    spo2: Math.round(spo2),
    respirationRate: Math.max(0, Math.round(respirationRate)),
    temperature: Math.round((now.temperature + 0.15 * slow('temp')) * 10) / 10,
    nibpSystolic: Math.round(systolic + cuff),
    nibpDiastolic: Math.round(diastolic + cuff),
    nibpMean: Math.round(mean + cuff),
    arterialSystolic: Math.round(systolic),
    arterialDiastolic: Math.round(diastolic),
    arterialMean: Math.round(mean),
    etco2: Math.round((now.etco2 ?? 38 - 0.6 * (respirationRate - usual.respirationRate)) + 1.5 * slow('co2')),
  };
}
