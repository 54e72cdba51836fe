import {
  type BedId,
  bedKey,
  type DeviceId,
  type EncounterId,
  type EvidencePart,
  type MetricName,
  type PatientId,
  type Quality,
} from '@vigil/contracts';
import { observationIdentity, type OutForm } from './identity.js';
import type { ObservedName } from './codings.js';

/** A value that a device measured; only `valid` and `questionable` ones go out. */
export interface OutValue {
  readonly metric: MetricName;
  readonly value: number;
  readonly quality: Extract<Quality, 'valid' | 'questionable'>;
}

/** Event time. */
export interface OutSample extends OutValue {
  readonly atMs: number;
}

/** Values of one moment: one, or the pressures of one cuff measurement. */
export interface ReadingDraft {
  readonly is: 'reading';
  readonly form: Extract<OutForm, 'minute' | 'single'>;
  readonly bedId: BedId;
  readonly deviceId: DeviceId;
  readonly name: ObservedName;
  readonly slotMs: number;
  readonly atMs: number;
  readonly values: readonly OutValue[];
}

/** A second each from `slotMs` on; null where there was no value. */
export interface SeriesDraft {
  readonly is: 'series';
  readonly form: 'sampled';
  readonly bedId: BedId;
  readonly deviceId: DeviceId;
  readonly name: MetricName;
  readonly slotMs: number;
  /** Of the first value. */
  readonly atMs: number;
  readonly values: readonly (number | null)[];
  readonly isQuestionable: boolean;
}

/** A score that a person charted; never an estimate (D14). */
export interface ScoreDraft {
  readonly is: 'score';
  readonly form: 'score';
  readonly bedId: BedId;
  readonly deviceId: null;
  readonly name: 'news2';
  readonly slotMs: number;
  readonly atMs: number;
  readonly total: number;
  readonly parts: readonly EvidencePart[];
}

/** What is to be sent, before it is known as whose. */
export type Draft = ReadingDraft | SeriesDraft | ScoreDraft;

/** Whose it is here. */
export interface DraftStay {
  readonly encounterId: EncounterId;
  readonly patientId: PatientId;
}

/** Under which name it is stored there, or waits here. Without a stay it is the bed's, which no encounter id can be taken for. */
export function identityOfDraft(draft: Draft, stay: Pick<DraftStay, 'encounterId'> | null): string {
  const { bedId, deviceId, name, slotMs, form } = draft;
  return observationIdentity({ owner: stay?.encounterId ?? bedKey(bedId), deviceId, name, slotMs, form });
}
