import { smooth } from './random.js';

export const EVENT_KINDS = ['desaturation', 'tachycardia', 'probeOff', 'silent', 'sepsis'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** `demo` is the timetable of the README; `calm` has no events; a kind repeats that event on every bed. */
export const SCENARIOS = ['demo', 'calm', ...EVENT_KINDS] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** The first event of the first bed, and how much later each further bed begins. */
export const FIRST_EVENT_MS = 45_000;
export const BED_STAGGER_MS = 15_000;
/** Every bed has one event in each of these, the next kind each time. Longer than the longest event. */
export const SLOT_MS = 720_000;
const STAGGER_WRAPS_MS = 600_000;

/** Wall time for which a silent device stays connected and sends nothing. */
export const SILENT_WALL_MS = 30_000;
const SILENT_MAX_MS = SLOT_MS - 60_000;

interface Shape {
  readonly rampMs: number;
  readonly holdMs: number;
  readonly recoverMs: number;
}

const SHAPES: Record<EventKind, Shape> = {
  desaturation: { rampMs: 40_000, holdMs: 80_000, recoverMs: 40_000 },
  tachycardia: { rampMs: 20_000, holdMs: 240_000, recoverMs: 60_000 },
  probeOff: { rampMs: 0, holdMs: 60_000, recoverMs: 0 },
  silent: { rampMs: 0, holdMs: SILENT_WALL_MS, recoverMs: 0 },
  sepsis: { rampMs: 420_000, holdMs: 60_000, recoverMs: 120_000 },
};

export interface ActiveEvent {
  readonly kind: EventKind;
  /** How far the event has developed: 0 is the patient's usual state, 1 is the event at its worst. */
  readonly share: number;
}

export interface ScriptPosition {
  readonly scenario: Scenario;
  /** Position of the bed at the site, from 0. */
  readonly bedIndex: number;
  /** Event time since the simulator started. */
  readonly elapsedMs: number;
  /** Event time per wall time: "silent" is a matter of transport, so it lasts a wall time (decisions.md, D8). */
  readonly rate: number;
}

/** What the timetable has for a bed at a moment, or null. Pure; the same position always has the same event. */
export function eventAt({ scenario, bedIndex, elapsedMs, rate }: ScriptPosition): ActiveEvent | null {
  if (scenario === 'calm') return null;
  const firstMs = FIRST_EVENT_MS + ((bedIndex * BED_STAGGER_MS) % STAGGER_WRAPS_MS);
  if (elapsedMs < firstMs) return null;
  const slot = Math.floor((elapsedMs - firstMs) / SLOT_MS);
  const kind = scenario === 'demo' ? (EVENT_KINDS[(bedIndex + slot) % EVENT_KINDS.length] ?? 'desaturation') : scenario;
  return shaped(kind, elapsedMs - firstMs - slot * SLOT_MS, rate);
}

function shaped(kind: EventKind, sinceMs: number, rate: number): ActiveEvent | null {
  const { rampMs, holdMs: nominalMs, recoverMs } = SHAPES[kind];
  const holdMs = kind === 'silent' ? Math.min(nominalMs * rate, SILENT_MAX_MS) : nominalMs;
  if (sinceMs < rampMs) return { kind, share: smooth(sinceMs / rampMs) };
  if (sinceMs < rampMs + holdMs) return { kind, share: 1 };
  const recoveredMs = sinceMs - rampMs - holdMs;
  return recoveredMs < recoverMs ? { kind, share: 1 - smooth(recoveredMs / recoverMs) } : null;
}
