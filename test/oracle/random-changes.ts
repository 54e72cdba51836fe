import { AgeGroup, LogEvent } from '@vigil/contracts';
import { EPOCH_MS } from './dice.js';
import { base, type Device, spanOf, stayIn, timeMs, UNITS, type Ward } from './ward.js';

/** Somebody moves a device, says that a patient is away, puts right who lies here, or puts the bed into another unit. */
export function randomChange(ward: Ward, atS: number): LogEvent {
  const { dice, rate, beds } = ward;
  const bedId = dice.of(beds);
  const at = (id: string): object => base(bedId, `${id}/${bedId}/${atS}`, timeMs(atS, rate));
  const stay = stayIn(ward, bedId);
  const about = { bedId, encounterId: stay };
  return LogEvent.parse(
    dice.of([
      () => deviceMoves(ward, dice.of(ward.devices), atS),
      () => deviceMoves(ward, dice.of(ward.devices), atS),
      () => deviceMoves(ward, dice.of(ward.devices), atS),
      ...Array.from({ length: 3 }, () => () => ({
        ...{ ...at('standby'), ...about, kind: 'standbySet', standbyId: standbyId(ward, bedId), place: 'imaging' },
        toMs: timeMs(atS + dice.of([-5, 3, 20, 60, 400]), rate),
      })),
      () => ({ ...at('standby-over'), ...about, kind: 'standbyEnded', standbyId: standbyId(ward, bedId), cause: 'person' }),
      ...Array.from({ length: 4 }, () => () => ({
        ...{ ...at('shelve'), ...about, kind: 'conditionShelved', shelfId: shelfId(ward, bedId), conditionCode: shelved(ward) },
        ...{ priority: dice.of(['low', 'medium', 'medium', 'high']), by: 'amy', secondBy: null },
        toMs: timeMs(atS + dice.of([-5, 10, 30, 60, 400]), rate),
      })),
      () => ({ ...at('unshelve'), ...about, kind: 'conditionUnshelved', shelfId: shelfId(ward, bedId), cause: 'person' }),
      () => correction(ward, at('corrected'), bedId, atS),
      () => correction(ward, at('corrected'), bedId, atS),
      () => ({ ...at('merged'), ...about, kind: 'patientMerged', fromPatientId: 'patient-0', patientId: `merged-${atS}` }),
      ...Array.from({ length: 2 }, () => () => ({
        ...{ ...at('placed'), kind: 'bedPlaced', bedId, careUnitId: dice.of(UNITS), label: dice.of(['A', 'B']) },
        atMs: timeMs(atS - dice.of([0, 0, 0, 20]), rate),
      })),
    ])(),
  );
}

/** Few names, so that some are told twice, or are over before they are set. */
const standbyId = ({ dice }: Ward, bedId: string): string => `away-${bedId}-${dice.below(12)}`;

const shelfId = ({ dice }: Ward, bedId: string): string => `shelf-${bedId}-${dice.below(12)}`;

function shelved({ dice, ruleSets }: Ward): string {
  const ids = ruleSets[0].rules.map(({ id }) => id);
  const codes = ['heartRate', 'spo2', 'respirationRate'].flatMap((metric) => [`${metric}.low`, `${metric}.high`]);
  return dice.of([...codes, ...codes, ...ids, 'spo2.leadsOff', 'noData']);
}

/** Another person has been here all the time; now and then that is taken back, or said of a stay that nobody has told of. */
function correction({ dice, rate, stays }: Ward, at: object, bedId: string, atS: number): object {
  const known = stays.get(bedId)!;
  const wrong = dice.chance(0.1) ? `right-${bedId}-${atS + 5}` : dice.chance(0.8) ? known.at(-1)! : dice.of(known);
  const back = known.filter((each) => each !== wrong);
  const right = back.length > 0 && dice.chance(0.2) ? dice.of(back) : `right-${bedId}-${atS}`;
  known.push(right);
  return {
    ...{ ...at, kind: 'stayCorrected', bedId, wrongEncounterId: wrong, encounterId: right, patientId: `patient-${atS}` },
    ...{ sinceMs: Math.min(EPOCH_MS, timeMs(atS, rate)) },
    ...(dice.chance(0.3) ? { ageGroup: dice.of(AgeGroup.options), careUnitId: dice.of(UNITS) } : {}),
  };
}

/** The time at the bed ends, was another one or never was; or another one begins. Told at once, before or after it happens. */
function deviceMoves({ dice, rate }: Ward, device: Device, atS: number): object {
  const atMs = timeMs(atS, rate);
  const then = (s: number): number => Math.max(0, timeMs(atS + s, rate));
  const offS = dice.of([-30, -5, 0, 0, 10]);
  if (!device.isNamed) return spanOf(device, atMs, 0, dice.chance(0.5) ? then(offS) : null);
  if (dice.chance(0.4)) {
    device.spans += 1;
    device.rev = 1;
    return spanOf(device, atMs, then(offS), dice.chance(0.8) ? null : then(offS + 30));
  }
  device.rev = Math.max(1, device.rev + dice.of([1, 1, 1, 0, -1]));
  const isOver = dice.chance(0.8);
  return spanOf(
    device,
    atMs,
    device.spans === 1 ? 0 : then(-40),
    isOver ? then(offS) : null,
    dice.chance(0.1) ? { voided: true } : {},
  );
}
