import {
  BedView,
  BreakGlassGrant,
  type BreakGlassReason,
  CareUnit,
  Encounter,
  History,
  listOf,
  type MetricName,
  type BedId,
  type PatientId,
  Patient,
  type PatientSearch,
  PatientSearchResult,
} from '@vigil/contracts';
import type { z } from 'zod';
import type { Answer } from './problem.js';
import { request } from './request.js';
import { uuid } from './uuid.js';

const Grants = listOf(BreakGlassGrant);
const Encounters = listOf(Encounter);
const CareUnits = listOf(CareUnit);
const seg = encodeURIComponent;

export type Grant = z.infer<typeof BreakGlassGrant>;
export const myGrants = (background: boolean): Promise<Answer<z.infer<typeof Grants>>> =>
  request('GET', '/api/v1/break-glass/mine', Grants, { background });
/** The patient, or the bed that the patient lies in. */
export type Whom = { readonly patientId: PatientId } | { readonly bedId: BedId };
/** One grant per press: the key makes a repeat answer with the grant that is there. */
export const openRecord = (whom: Whom, reason: BreakGlassReason, text: string): Promise<Answer<Grant>> =>
  request('POST', '/api/v1/break-glass', BreakGlassGrant, {
    body: { ...whom, reason, ...(text ? { text } : {}) },
    headers: { 'idempotency-key': uuid() },
  });
export const endGrant = (grantId: string): Promise<Answer<void>> =>
  request('DELETE', `/api/v1/break-glass/${seg(grantId)}`, null);

/** By POST: what is on a wristband is in no address. */
export const searchPatients = (wanted: PatientSearch): Promise<Answer<PatientSearchResult>> =>
  request('POST', '/api/v1/patients/search', PatientSearchResult, { body: wanted });
export const patient = (id: string): Promise<Answer<Patient>> => request('GET', `/api/v1/patients/${seg(id)}`, Patient);
export const bed = (id: string): Promise<Answer<BedView>> => request('GET', `/api/v1/beds/${seg(id)}`, BedView);
export const openEncounters = (): Promise<Answer<z.infer<typeof Encounters>>> =>
  request('GET', '/api/v1/encounters?open=true&limit=500', Encounters);
export const careUnits = (): Promise<Answer<z.infer<typeof CareUnits>>> => request('GET', '/api/v1/care-units', CareUnits);

/** @param range half-open, in event time; one point per `everyMs` */
export const history = (
  bedId: string,
  metric: MetricName,
  range: { readonly fromMs: number; readonly toMs: number; readonly everyMs: number },
): Promise<Answer<History>> =>
  request(
    'GET',
    `/api/v1/beds/${seg(bedId)}/history?metric=${metric}&from=${range.fromMs}&to=${range.toMs}&every=${range.everyMs}`,
    History,
  );
