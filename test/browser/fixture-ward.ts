import type { AlarmView, BedView, MetricName, PagerView, Quality, ReadingView } from '@vigil/contracts';

/** Brands are for the product; a fixture writes plain literals and the client checks them by the real schemas. */
type Plain<T> = T extends string ? string : T extends number ? number : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
const as = <T>(value: Plain<T>): T => value as T;

const UNITS: Record<string, string> = { spo2: '%', temperature: 'Cel', heartRate: '/min', respirationRate: '/min' };
const CUFF_EVERY_MS = 900_000;

export interface ReadingOptions {
  readonly quality?: Quality;
  /** How long ago it was measured and received. */
  readonly agoMs?: number;
  readonly intervalMs?: number;
  readonly origin?: ReadingView['origin'];
}

export function reading(metric: MetricName, value: number | null, options: ReadingOptions = {}): ReadingView {
  const atMs = Date.now() - (options.agoMs ?? 300);
  const seldom = metric.startsWith('nibp') ? CUFF_EVERY_MS : metric === 'temperature' ? 60_000 : 1_000;
  return as<ReadingView>({
    metric,
    value,
    unit: UNITS[metric] ?? 'mm[Hg]',
    quality: options.quality ?? 'valid',
    origin: options.origin ?? 'simulated',
    atMs,
    receivedWallMs: atMs,
    intervalMs: options.intervalMs ?? seldom,
  });
}

const NAMES = [
  ['NOVAKOVA, Jana', '1958-03-04'],
  ['SMITH, John', '1971-11-19'],
  ['OKONKWO, Ngozi', '1949-06-30'],
  ['GARCIA LOPEZ, Maria', '1964-01-22'],
  ['MÜLLER, Heinz', '1940-09-12'],
  ['TANAKA, Keiko', '1983-12-02'],
  ['ABDULLAHI-FEATHERSTONEHAUGH, Margaret', '1955-05-17'],
  ['KOWALSKI, Piotr', '1967-08-08'],
] as const;
const NURSES = ['Karin Novak', 'Sam Reed', 'Aiko Mori', 'Omar Diallo'] as const;

/** Steady, lawful values, each bed its own. */
export function steady(n: number): ReadingView[] {
  const arterial = n % 3 !== 0;
  return [
    reading('heartRate', 64 + ((n * 7) % 31)),
    reading('spo2', 94 + ((n * 3) % 6)),
    reading('respirationRate', 12 + ((n * 5) % 9)),
    reading('temperature', 36.4 + ((n * 3) % 12) / 10, { agoMs: 20_000 }),
    ...(arterial
      ? [
          reading('arterialSystolic', 108 + ((n * 11) % 36)),
          reading('arterialDiastolic', 58 + ((n * 5) % 18)),
          reading('arterialMean', 76 + ((n * 7) % 20)),
        ]
      : [
          reading('nibpSystolic', 112 + ((n * 9) % 30), { agoMs: 247_000 }),
          reading('nibpDiastolic', 64 + ((n * 4) % 16), { agoMs: 247_000 }),
          reading('nibpMean', 82 + ((n * 4) % 16), { agoMs: 247_000 }),
        ]),
  ];
}

export function bed(n: number, readings: readonly ReadingView[] = steady(n), more: Partial<BedView> = {}): BedView {
  const [displayName, birthDate] = NAMES[(n - 1) % NAMES.length] ?? NAMES[0];
  return {
    ...as<BedView>({
      bedId: `icu-${n}`,
      label: `Bed ${n}`,
      careUnitId: 'icu',
      encounter: { encounterId: `enc-${n}`, patientId: `pat-${n}`, displayName, birthDate, sinceMs: 1_700_000_000_000 },
      nurses: [{ staffId: `staff-${n % 4}`, name: NURSES[n % 4] ?? '', role: 'primary' }],
      deviceIds: [`sim-icu-${n}`],
      coverageLost: false,
      limits: [
        { metric: 'heartRate', low: 50, high: 120 },
        { metric: 'spo2', low: 90, high: null },
        { metric: 'respirationRate', low: 8, high: 30 },
        { metric: 'arterialSystolic', low: 90, high: 160 },
        { metric: 'nibpSystolic', low: 90, high: 160 },
        { metric: 'temperature', low: 35, high: 39 },
      ],
      readings: [],
    }),
    readings: [...readings],
    ...more,
  };
}

export interface ScoreOptions {
  readonly agoMs?: number;
  readonly forMs?: number;
}

type BedScores = NonNullable<BedView['scores']>;

/** A NEWS2 of bed `n`: charted where it is one number, an estimate where it is a range. */
export function score(n: number, points: number | readonly [number, number], options: ScoreOptions = {}): BedScores[number] {
  const [min, max] = typeof points === 'number' ? [points, points] : points;
  const atMs = Date.now() - (options.agoMs ?? 0);
  return as<BedScores[number]>({
    encounterId: `enc-${n}`,
    score: 'news2',
    basis: typeof points === 'number' ? 'charted' : 'estimate',
    total: min === max ? min : null,
    min,
    max,
    singleParameter: false,
    atMs,
    validUntilMs: atMs + (options.forMs ?? 3_600_000),
  });
}

export function emptyBed(n: number): BedView {
  return bed(n, [], { encounter: null, nurses: [], deviceIds: [] });
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

export interface AlarmOptions {
  readonly n: number;
  readonly bed: number;
  readonly priority?: AlarmView['priority'];
  readonly agoMs?: number;
  readonly escalation?: Partial<Plain<AlarmView['escalation']>>;
}

/** An unanswered saturation alarm, whose escalation tells Reg. Ito next; `more` says what is different. */
export function alarm(options: AlarmOptions, more: Partial<Plain<AlarmView>> = {}): AlarmView {
  const nowMs = Date.now();
  const onsetMs = nowMs - (options.agoMs ?? 8_000);
  return as<AlarmView>({
    v: 1,
    alarmId: (LETTERS[options.n % LETTERS.length] ?? 'a').repeat(26),
    rev: 3,
    bedId: `icu-${options.bed}`,
    gatewayId: null,
    encounterId: `enc-${options.bed}`,
    conditionCode: 'spo2.low',
    kind: 'physiological',
    priority: options.priority ?? 'high',
    metric: 'spo2',
    active: true,
    presence: 'on',
    onsetMs,
    atMs: onsetMs,
    label: null,
    evidence: { value: 84, unit: '%', limit: 90, side: 'low', samples: null, samplesExpected: null },
    ruleId: 'spo2-low',
    ruleSetHash: 'hash',
    origin: 'simulated',
    careUnitId: 'icu',
    bedLabel: `Bed ${options.bed}`,
    endedAtMs: null,
    acknowledgedBy: null,
    acknowledgedByName: null,
    acknowledgePending: false,
    text: `TEST Bed ${options.bed}: oxygen saturation below 90. Karin Novak was told; nobody has accepted. Reg. Ito is told next.`,
    ...more,
    escalation: {
      state: 'running',
      rev: 5,
      step: 0,
      nextAtMs: nowMs + 22_000,
      nextName: 'Reg. Ito',
      acceptedBy: null,
      acceptedByName: null,
      acceptedAtMs: null,
      accepts: [],
      acceptsNeeded: 1,
      arriveByMs: null,
      declines: [],
      policyHash: null,
      pages: [
        page('p1', 'Karin Novak', 'sent', onsetMs + 1_000),
        page('p2', 'Karin Novak', 'queued', onsetMs + 1_200, 'webhook'),
      ],
      ...options.escalation,
    },
  });
}

type PlainPage = Plain<AlarmView['escalation']['pages'][number]>;

export function page(
  pageId: string,
  staffName: string,
  state: PlainPage['state'],
  queuedAtMs: number,
  channel: PlainPage['channel'] = 'smtp',
): PlainPage {
  const sentAtMs = state === 'sent' ? queuedAtMs + 400 : null;
  const shown = { kind: 'alarm', receipts: [], joined: null };
  return { ...shown, pageId, staffId: 'staff-1', staffName, channel, step: 0, reason: 'onset', state, queuedAtMs, sentAtMs };
}

export function pagerView(more: Partial<Plain<PagerView>> = {}): PagerView {
  const nowMs = Date.now();
  return as<PagerView>({
    state: 'open',
    staffName: 'Karin Novak',
    bedLabel: 'Bed 12',
    careUnitLabel: 'ICU A',
    alarmId: 'alarm-12',
    callNumber: '2222',
    priority: 'high',
    kind: 'physiological',
    test: true,
    raisedWallMs: nowMs - 14_000,
    nextAtMs: nowMs + 16_000,
    nextName: 'Reg. Ito',
    acceptedByName: null,
    acceptedAtMs: null,
    active: true,
    serverWallMs: nowMs,
    ...{ mine: 'nothing', accepts: [], acceptsNeeded: 1, arriveByMs: null, others: [] },
    ...more,
  });
}
