import {
  type BedView,
  EncounterId,
  EpochMs,
  type LimitView,
  type MetricName,
  type ReadingView,
  type RuleSet,
  StaffId,
} from '@vigil/contracts';
import type { BedRow, StayPatient } from '../ports/directory.js';
import { intervalOf, type LatestReading, type LiveVitals } from './live-vitals.js';

/** A bed as screens and REST show it: who lies there, who cares for them, and the newest readings. */
export function bedView(row: BedRow, vitals: LiveVitals, limits: readonly LimitView[]): BedView {
  const { encounter } = row;
  // A reading from before the admission is another patient's.
  const sinceMs = encounter?.admittedMs ?? 0;
  const readings = vitals.readingsOf(row.bedId).filter((reading) => reading.atMs >= sinceMs);
  return {
    bedId: row.bedId,
    label: row.label,
    careUnitId: row.careUnitId,
    encounter:
      encounter === null
        ? null
        : {
            encounterId: EncounterId.parse(encounter.encounterId),
            patientId: encounter.patientId,
            ...nameOf(encounter),
            sinceMs: EpochMs.parse(encounter.admittedMs),
          },
    nurses: row.nurses.map(({ staffId, name, role }) => ({ staffId: StaffId.parse(staffId), name, role })),
    deviceIds: row.devices.map(({ deviceId }) => deviceId),
    coverageLost: vitals.isCoverageLost(row.bedId),
    limits: [...limits],
    readings: readings.map((reading) => readingView(row, reading)),
  };
}

/** A bed is watched whether or not its patient's name can be read; where it can't, that is said in its place. */
function nameOf({ patient, unreadable }: StayPatient): Pick<NonNullable<BedView['encounter']>, 'displayName' | 'birthDate'> {
  if (patient === null)
    return { displayName: 'Name not available', birthDate: '', ...(unreadable === 'tampered' ? TAMPERED : AWAY) };
  return { displayName: `${patient.familyName.toUpperCase()}, ${patient.givenName}`, birthDate: patient.birthDate };
}

const TAMPERED = { nameMissing: 'tampered' } as const;
const AWAY = { nameMissing: 'away' } as const;

export function readingView(row: Pick<BedRow, 'devices'>, reading: LatestReading): ReadingView {
  const { deviceId: _device, ...rest } = reading;
  return { ...rest, intervalMs: intervalOf(row.devices, reading) };
}

/** The limit of each side that is met first, where a rule set has several for a metric. */
export function limitsOf(ruleSet: RuleSet | null): readonly LimitView[] {
  const limits = new Map<MetricName, { low: number | null; high: number | null }>();
  for (const rule of ruleSet?.rules ?? []) {
    if (rule.kind !== 'limit') continue;
    const known = limits.get(rule.metric) ?? { low: null, high: null };
    if (rule.side === 'low') known.low = Math.max(known.low ?? -Infinity, rule.limit);
    else known.high = Math.min(known.high ?? Infinity, rule.limit);
    limits.set(rule.metric, known);
  }
  return [...limits].map(([metric, sides]) => ({ metric, ...sides }));
}
