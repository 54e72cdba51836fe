import { AlarmView, BedView, ReadingView } from '@vigil/contracts';

/** Test data through the real schemas, so that a fixture cannot be invalid by accident. */
export const NOW = { wallMs: 1_800_000_000_000, eventMs: 1_800_000_000_000, rate: 1 };

export function readingOf(more: Record<string, unknown> = {}, ageMs = 0): ReadingView {
  const at = { atMs: NOW.eventMs - ageMs, receivedWallMs: NOW.wallMs - ageMs };
  const base = { metric: 'heartRate', value: 72, unit: '/min', quality: 'valid', origin: 'live', intervalMs: 1_000 };
  return ReadingView.parse({ ...base, ...at, ...more });
}

export function bedOf(n: number, more: Record<string, unknown> = {}): BedView {
  const encounter = { encounterId: `e-${n}`, patientId: `p-${n}`, displayName: 'DOE, Jo', birthDate: '1958-03-04', sinceMs: 1 };
  const base = {
    bedId: `icu-${n}`,
    label: `Bed ${n}`,
    careUnitId: 'icu',
    encounter,
    nurses: [],
    deviceIds: [],
    coverageLost: false,
  };
  return BedView.parse({ ...base, limits: [], readings: [], ...more });
}

/** An unanswered high alarm of bed 1; `id` is a letter. */
export function alarmOf(id: string, more: Record<string, unknown> = {}, escalation: Record<string, unknown> = {}): AlarmView {
  return AlarmView.parse({
    v: 1,
    alarmId: id.repeat(26),
    rev: 1,
    bedId: 'icu-1',
    gatewayId: null,
    encounterId: 'e-1',
    conditionCode: 'spo2.low',
    kind: 'physiological',
    priority: 'high',
    metric: 'spo2',
    active: true,
    presence: 'on',
    onsetMs: NOW.eventMs - 8_000,
    atMs: NOW.eventMs - 8_000,
    evidence: { value: 84, unit: '%', limit: 90, side: 'low', samples: null, samplesExpected: null },
    ruleId: 'spo2-low',
    ruleSetHash: 'h',
    origin: 'live',
    careUnitId: 'icu',
    bedLabel: 'Bed 1',
    endedAtMs: null,
    acknowledgedBy: null,
    acknowledgedByName: null,
    acknowledgePending: false,
    text: 'text',
    ...more,
    escalation: {
      state: 'running',
      rev: 1,
      step: 0,
      nextAtMs: NOW.wallMs + 22_000,
      nextName: 'Reg. Ito',
      acceptedBy: null,
      acceptedByName: null,
      acceptedAtMs: null,
      pages: [],
      ...escalation,
    },
  });
}

export const ACCEPTED = {
  state: 'accepted',
  acceptedBy: 's-1',
  acceptedByName: 'K. Novak',
  acceptedAtMs: NOW.wallMs,
  nextAtMs: null,
};
