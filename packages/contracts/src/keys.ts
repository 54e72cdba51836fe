import { z } from 'zod';
import { EpochMs } from './ids.js';
import { Patient } from './rest.js';

/**
 * `POST /api/v1/patients/search`: by record number, or by family name and birth date. In the body, because URLs are
 * kept in logs and histories. Exact, but for case, width and (of record numbers) spaces and punctuation.
 */
export const PatientSearch = z.union([
  z.strictObject({ mrn: Patient.shape.mrn }),
  z.strictObject({ familyName: Patient.shape.familyName, birthDate: Patient.shape.birthDate }),
]);
export type PatientSearch = z.infer<typeof PatientSearch>;

/** Why a record is erased. A code: free text could name the patient whom nobody may know any more. */
export const EraseReason = z.enum(['patient-request', 'retention-over', 'recorded-by-mistake', 'court-order']);
export type EraseReason = z.infer<typeof EraseReason>;

/** `POST /api/v1/patients/{id}/erase`: for ever; backups of the key store forget in their own time. */
export const EraseRequest = z.strictObject({ reason: EraseReason });

/**
 * `destroyed`: nobody can read the record again. `pending`: it is shown to nobody, and its keys follow as soon as the key store answers.
 * What was measured goes from history right afterwards (`left.toEraseHistory` of `GET /api/v1/keys`).
 */
export const EraseResult = z.object({ state: z.enum(['destroyed', 'pending']), erasedAtMs: EpochMs });
export type EraseResult = z.infer<typeof EraseResult>;

/** `POST /api/v1/keys/rotate` */
export const RotateRequest = z.strictObject({
  /** `data`: new data keys, and every sealed row is sealed anew. `key-encryption`: a new key that wraps the data keys. */
  what: z.enum(['data', 'key-encryption']),
});
export type RotateRequest = z.infer<typeof RotateRequest>;

const count = z.number().int().nonnegative();

/** `GET /api/v1/keys`: ids and counts; no key, and no id of a patient. */
export const KeyStatus = z.object({
  /** `away`: what is cached is still read and written, other names are not available. */
  service: z.enum(['ok', 'away', 'denied']),
  /** The key that wraps new data keys, and those that still wrap some; only with nothing left may an old one go. */
  currentKeyId: z.string(),
  keyEncryptionKeys: z.array(z.object({ keyId: z.string(), dataKeys: count })),
  purposes: z.array(z.object({ purpose: z.string(), keys: count, oldestMs: EpochMs })),
  erasedPatients: count,
  /** `toErase`: erased patients whose keys are to be destroyed; `toEraseHistory`: those of whom history still holds what was measured. */
  left: z.object({ toRewrap: count, toReseal: count, toErase: count, toEraseHistory: count }),
});
export type KeyStatus = z.infer<typeof KeyStatus>;
