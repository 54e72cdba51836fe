import {
  type BedScore,
  type BedView,
  EncounterId,
  EpochMs,
  type LimitView,
  type ReadingView,
  type RuleSet,
  StaffId,
} from '@vigil/contracts';
import { bandNow, unitBands } from '@vigil/domain';
import type { BedRow, StayPatient } from '../ports/directory.js';
import type { StayLimitRow } from '../ports/stay-limits.js';
import { intervalOf, type LatestReading, type LiveVitals } from './live-vitals.js';

/** A bed as screens and REST show it: who lies there, who cares for them, and the newest readings. */
export function bedView(
  row: BedRow,
  vitals: LiveVitals,
  limits: readonly LimitView[],
  scores: readonly BedScore[] = [],
): BedView {
  const { encounter } = row;
  const readings = readingViews(row, vitals.readingsOf(row.bedId));
  const pauses = vitals
    .bedside(row.bedId)
    .pauses.filter(({ deviceId }) => row.devices.some((each) => each.deviceId === deviceId));
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
            ...(encounter.ageGroup === undefined ? { ageUnknown: true as const } : {}),
            sinceMs: EpochMs.parse(encounter.admittedMs),
          },
    nurses: row.nurses.map(({ staffId, name, role }) => ({ staffId: StaffId.parse(staffId), name, role })),
    deviceIds: row.devices.map(({ deviceId }) => deviceId),
    coverageLost: vitals.isCoverageLost(row.bedId),
    ...(pauses.length === 0 ? {} : { pauses }),
    limits: [...limits],
    readings: [...readings],
    ...(scores.length === 0 ? {} : { scores: [...scores] }),
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

/** Those of whoever lies there: a reading from before this patient came to the bed is another patient's. */
export function readingViews(
  row: Pick<BedRow, 'devices' | 'encounter'>,
  readings: readonly LatestReading[],
): readonly ReadingView[] {
  const sinceMs = row.encounter?.inBedSinceMs ?? 0;
  return readings.filter((reading) => reading.atMs >= sinceMs).map((reading) => readingView(row, reading));
}

function readingView(row: Pick<BedRow, 'devices'>, reading: LatestReading): ReadingView {
  const { deviceId: _device, ...rest } = reading;
  return { ...rest, intervalMs: intervalOf(row.devices, reading) };
}

/** Limits as they hold for whoever lies in the bed: those of the rule set for such a patient, and what was set for the stay. */
export function limitsOf(
  row: Pick<BedRow, 'careUnitId' | 'encounter'>,
  ruleSet: RuleSet | null,
  own: readonly StayLimitRow[],
  nowMs: number,
): readonly LimitView[] {
  const bands = unitBands(ruleSet, { ageGroup: row.encounter?.ageGroup, careUnitId: row.careUnitId }, nowMs);
  return [...bands].map(([metric, unit]) => {
    const set = own.find((each) => each.metric === metric && each.encounterId === row.encounter?.encounterId);
    const { low, high, isOwn } = bandNow(unit, set, nowMs);
    return { metric, low, high, ...(isOwn && set !== undefined ? { ownToMs: set.toMs } : {}) };
  });
}
