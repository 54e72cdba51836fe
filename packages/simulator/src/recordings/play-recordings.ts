import type { Clock } from '@vigil/clock';
import type { BedId, Reading } from '@vigil/contracts';
import type { Admission, Adt } from '../adt/adt.js';
import { AdtOutage } from '../adt/platform-calls.js';
import { recordOfEncounter, stayOf } from '../adt/stay.js';
import { switchBed } from '../adt/switch-bed.js';
import type { Log } from '../log.js';
import { lagMs, until } from '../pace.js';
import type { RecordCursor } from './cursor.js';
import { durationMs, type PatientRecord, type RecordingSet } from './record.js';

/** How long a bed waits for its next patient before the data of the present one go on. */
const ADMISSION_PATIENCE_WALL_MS = 2_000;
/** The bed is empty for this long between two records; it also keeps the last and the next sample apart. */
const TURNOVER_WALL_MS = 1_000;
/** Refused patients follow each other no faster than this. */
const REFUSED_PAUSE_WALL_MS = 1_000;

export interface PlayRecordingsOptions {
  readonly set: RecordingSet;
  readonly cursor: RecordCursor;
  readonly bedId: BedId;
  /** Null when there is no platform to tell: the data are sent all the same. */
  readonly adt: Adt | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly send: (atMs: number, readings: readonly Reading[]) => void;
  readonly signal: AbortSignal;
}

interface Turn {
  readonly record: PatientRecord;
  /** Where in the record to begin. */
  readonly fromMs: number;
}

/**
 * Replays one record after the other on one bed until aborted; rejects with the signal's reason or when the
 * recordings cannot be read.
 *
 * Data never stop because the platform is away, and never belong to the wrong patient: while the next patient cannot
 * be admitted, the record of the present one is repeated. (Only at the very first start, with nobody known to lie in
 * the bed, the data begin before the admission.)
 */
export async function playRecordings(options: PlayRecordingsOptions): Promise<never> {
  const { cursor, clock, log, bedId, signal } = options;
  let turn = (await resumed(options)) ?? { record: await cursor.next(), fromMs: 0 };
  let previous: PatientRecord | null = null;
  for (;;) {
    const admission = admitting(options, turn.record);
    await Promise.race([admission.settled, clock.sleep(ADMISSION_PATIENCE_WALL_MS, signal)]);
    while (previous !== null && admission.result() === null) {
      await play(options, { record: previous, fromMs: 0 }, AbortSignal.any([signal, admission.done]));
    }
    if (admission.result() === 'refused') {
      log.warn({ bedId, set: options.set }, 'the platform refuses this recorded patient: the next one is tried');
      await clock.sleep(REFUSED_PAUSE_WALL_MS, signal);
    } else {
      log.info({ bedId, set: options.set, samples: turn.record.samples.length }, 'recording begins');
      await play(options, turn, signal);
      while (admission.result() === null) await play(options, { record: turn.record, fromMs: 0 }, signal);
      previous = turn.record;
    }
    turn = { record: await cursor.next(), fromMs: 0 };
  }
}

/** Sends one record's samples as their event time comes. Returns early, without error, when only `stop` was aborted. */
async function play({ clock, send, signal }: PlayRecordingsOptions, { record, fromMs }: Turn, stop: AbortSignal): Promise<void> {
  let startMs = clock.nowMs() - fromMs;
  try {
    for (const sample of record.samples) {
      if (sample.offsetMs < fromMs) continue;
      startMs += lagMs(clock, startMs + sample.offsetMs);
      await until(clock, startMs + sample.offsetMs, stop);
      send(startMs + sample.offsetMs, sample.readings);
    }
    await clock.sleep(TURNOVER_WALL_MS, stop);
  } catch (reason) {
    if (signal.aborted || !stop.aborted) throw reason;
  }
}

interface Admitting {
  /** Null while it is still being tried. */
  result(): Admission | null;
  readonly settled: Promise<void>;
  /** Aborted when there is a result. */
  readonly done: AbortSignal;
}

function admitting({ adt, cursor, bedId, clock, log, signal }: PlayRecordingsOptions, record: PatientRecord): Admitting {
  let result: Admission | null = adt === null ? 'admitted' : null;
  const done = new AbortController();
  if (adt === null) return { result: () => result, settled: Promise.resolve(), done: done.signal };
  const stay = () => stayOf(record, { bedId, copy: cursor.copy, atMs: clock.nowMs() });
  const settled = switchBed({ adt, stay, clock, log, signal }).then(
    (admission) => {
      result = admission;
      done.abort();
    },
    () => undefined,
  );
  return { result: () => result, settled, done: done.signal };
}

/** After a restart: the record of the patient who lies in the bed, from where event time has come to. */
async function resumed({ adt, bedId, set, cursor, clock }: PlayRecordingsOptions): Promise<Turn | null> {
  if (adt === null) return null;
  try {
    const there = await adt.occupant(bedId);
    const recordId = there === null ? null : recordOfEncounter(there.encounterId, set);
    const record = recordId === null ? null : await cursor.seek(recordId);
    if (there === null || record === null) return null;
    const fromMs = clock.nowMs() - there.admittedMs;
    return fromMs >= 0 && fromMs <= durationMs(record) ? { record, fromMs } : null;
  } catch (error) {
    if (error instanceof AdtOutage) return null;
    throw error;
  }
}
