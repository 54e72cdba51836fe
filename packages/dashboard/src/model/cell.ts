import type { LimitView, MetricName, Quality, ReadingView } from '@vigil/contracts';
import { t } from '../words/words.js';
import { durationText, limitRangeText, metricUnitText, NO_VALUE, numberText, valueText } from './format.js';
import { ageMs, type Freshness, freshness, HIDDEN_MS, isCurrent } from './freshness.js';
import type { Now } from './server-clock.js';

/** The abbreviation stays as it is in most languages; what a tile prints of a temperature does not. */
const groupLabel = (label: string): string => (label === 'Temp' ? t('beds:temp') : label);

/** What one number on a tile shows. */
export interface Cell {
  /** `invalid`: the sender says that there is no value. `absent`: never measured. `hidden`: the picture is not live. */
  readonly state: Freshness | 'invalid' | 'absent' | 'hidden';
  readonly label: string;
  /** Digits, or `-?-`. Only these are ever large. */
  readonly text: string;
  /** A small word or age beside it: `3 s`, `LEADS OFF`, `last 92 · 0:07 ago`. */
  readonly note: string;
  /** The same where there is little room: an age alone, never a value without it. */
  readonly brief: string;
  /** Another measurement than that of the digits stands in the note: a cuff's, while its arterial line brings nothing. */
  readonly beside?: boolean;
  readonly limits: string;
  /** As a person writes it, in the site's choice: `mmHg`. */
  readonly unit: string;
  readonly questionable: boolean;
}

/** A number of the tile and the readings it may be made of; the first group of which any exists is shown. */
export interface CellSpec {
  readonly key: string;
  readonly groups: readonly { readonly label: string; readonly metrics: readonly [MetricName, ...MetricName[]] }[];
}

/** Order of reading at two metres (dashboard.md S2): heart rate and saturation, then pressure, then the rest. */
export const CELL_SPECS: readonly CellSpec[] = [
  {
    key: 'hr',
    groups: [
      { label: 'HR', metrics: ['heartRate'] },
      { label: 'PR', metrics: ['pulseRate'] },
    ],
  },
  { key: 'spo2', groups: [{ label: 'SpO₂', metrics: ['spo2'] }] },
  {
    key: 'bp',
    groups: [
      { label: 'ABP', metrics: ['arterialSystolic', 'arterialDiastolic', 'arterialMean'] },
      { label: 'NIBP', metrics: ['nibpSystolic', 'nibpDiastolic', 'nibpMean'] },
    ],
  },
  { key: 'rr', groups: [{ label: 'RR', metrics: ['respirationRate'] }] },
  { key: 'temp', groups: [{ label: 'Temp', metrics: ['temperature'] }] },
];

export type Readings = ReadonlyMap<MetricName, ReadingView>;

const qualityWord = (quality: Quality): string | undefined => {
  switch (quality) {
    case 'leadsOff':
      return t('beds:leadsOff');
    case 'artefact':
      return t('beds:artefact');
    case 'calibration':
      return t('beds:calibrating');
    case 'outOfRange':
      return t('beds:outOfRange');
    case 'notMeasured':
      return t('beds:notMeasured');
    default:
      return undefined;
  }
};

/** @param now null while the picture is not live: then no number is shown at all */
export function cellOf(spec: CellSpec, readings: Readings, limits: readonly LimitView[], now: Now | null): Cell {
  const group = spec.groups.find((g) => g.metrics.some((m) => readings.has(m))) ?? spec.groups[0];
  if (!group) throw new TypeError(`cell ${spec.key} has no metrics`);
  const unit = metricUnitText(group.metrics[0]);
  const base = { label: groupLabel(group.label), limits: limitText(group.metrics, limits), unit, questionable: false };
  if (!now) return { ...base, state: 'hidden', text: '', note: '', brief: '' };
  const present = group.metrics.flatMap((m) => readings.get(m) ?? []);
  if (present.length === 0) return { ...base, state: 'absent', text: '–', note: '', brief: '' };
  const cell = { ...base, ...judge(present, now) };
  const cuff = group.label === 'ABP' && !isShown(cell) ? cuffOf(readings, now) : null;
  if (!cuff) return cell;
  // The only current pressure of the patient: where there is little room it stands, not since when the line is lost.
  return { ...cell, note: `${cell.note} · ${t('beds:cuff', cuff)}`, brief: t('beds:cuffBrief', cuff), beside: true };
}

/** Two devices claim to bring this number: nobody knows whose it is, so none is shown until somebody has looked. */
export function withConflict(cell: Cell): Cell {
  if (cell.state === 'hidden') return cell;
  return {
    ...cell,
    state: 'invalid',
    text: NO_VALUE,
    note: t('beds:conflict'),
    brief: t('beds:conflictBrief'),
    questionable: false,
    beside: false,
  };
}

/** True when the digits may be read as current. */
export function isShown(cell: Pick<Cell, 'state'>): boolean {
  return cell.state === 'live' || cell.state === 'late' || cell.state === 'held';
}

/** The parts of a pressure are one measurement: the worst part speaks for all. */
function judge(readings: readonly ReadingView[], now: Now): Pick<Cell, 'state' | 'text' | 'note' | 'brief' | 'questionable'> {
  const age = Math.max(...readings.map((r) => ageMs(r, now)));
  const states = readings.map((r) => freshness(ageMs(r, now), r.intervalMs, now.rate));
  const state = RANKED.find((s) => states.includes(s)) ?? 'lost';
  const questionable = readings.some((r) => r.quality === 'questionable');
  const text = joined(readings);
  const bad = badWord(readings);
  if (!isCurrent(state)) {
    const last = bad || t('beds:last', { value: text });
    const isKnown = age < HIDDEN_MS;
    const note = isKnown ? `${last} · ${agoText(age)}` : t('beds:noData');
    return { state, text: NO_VALUE, note, brief: isKnown ? durationText(age) : note, questionable };
  }
  if (bad) return { state: 'invalid', text: NO_VALUE, note: bad, brief: bad, questionable };
  return { state, text, note: ageNote(state, age, questionable), brief: briefAge(state, age, questionable), questionable };
}

const agoText = (age: number): string => t('beds:ago', { age: durationText(age) });

/** What the sender says against a value; such a value is not shown, neither as current nor as the last one. */
function badWord(readings: readonly ReadingView[]): string {
  const word = readings.map((r) => qualityWord(r.quality)).find((w) => w !== undefined);
  return word ?? (readings.some((r) => r.value === null) ? t('beds:noValue') : '');
}

const RANKED: readonly Freshness[] = ['lost', 'stale', 'late', 'held', 'live'];

function ageNote(state: Freshness, age: number, questionable: boolean): string {
  const words = [
    questionable ? t('beds:questionable') : '',
    state === 'late' ? t('beds:secondsOld', { seconds: numberText(Math.floor(age / 1000), 0) }) : '',
    state === 'held' ? agoText(age) : '',
  ];
  return words.filter(Boolean).join(' · ');
}

/** Of a value that is shown: that it is doubted comes before its age, which is of seconds. */
function briefAge(state: Freshness, age: number, questionable: boolean): string {
  if (state === 'held') return questionable ? `? ${durationText(age)}` : durationText(age);
  if (questionable) return t('beds:questionableBrief');
  return state === 'late' ? durationText(age) : '';
}

/** `118/64 (82)`; a single value is itself. */
function joined(readings: readonly ReadingView[]): string {
  const texts = readings.map((r) => valueText(r.metric, r.value));
  const mean = readings.findIndex((r) => r.metric.endsWith('Mean'));
  const pressures = pressureText(
    readings,
    texts.filter((_, i) => i !== mean),
  );
  if (mean < 0) return pressures;
  return pressures ? `${pressures} (${texts[mean]})` : `(${texts[mean]})`;
}

/** A diastolic value alone never stands where a systolic one is read. */
function pressureText(readings: readonly ReadingView[], texts: readonly string[]): string {
  const isDiastolicAlone = texts.length === 1 && readings.some(({ metric }) => metric.endsWith('Diastolic'));
  return isDiastolicAlone ? `–/${texts[0]}` : texts.join('/');
}

function cuffOf(readings: Readings, now: Now): { readonly value: string; readonly age: string } | null {
  const cuff = (['nibpSystolic', 'nibpDiastolic'] as const).flatMap((m) => readings.get(m) ?? []);
  if (cuff.length < 2) return null;
  const { text, state } = judge(cuff, now);
  const age = durationText(Math.max(...cuff.map((r) => ageMs(r, now))));
  // A word in place of the value, as LEADS OFF, is no pressure.
  return isShown({ state }) ? { value: text, age } : null;
}

/** `50–120`, `≥ 90`, `≤ 40`; with `own` behind it where somebody has set them for this stay, because a narrow tile cuts off the end; of a pressure the systolic limit, or else the mean with an M. */
function limitText(metrics: readonly MetricName[], limits: readonly LimitView[]): string {
  for (const metric of metrics) {
    const limit = limits.find((l) => l.metric === metric);
    if (!limit || (limit.low === null && limit.high === null)) continue;
    const prefix = metric.endsWith('Mean') ? 'M ' : metric.endsWith('Diastolic') ? 'D ' : '';
    return `${prefix}${limitRangeText(metric, limit.low, limit.high)}${limit.ownToMs === undefined ? '' : ` ${t('beds:own')}`}`;
  }
  return '';
}
