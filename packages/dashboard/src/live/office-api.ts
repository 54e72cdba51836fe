import {
  AccountCreated,
  AccountView,
  AuditChainView,
  AuditHold,
  AuditPatient,
  AuditProof,
  AuditRow,
  AuditSummary,
  AuditVerification,
  BreakGlassGrant,
  type BreakGlassState,
  FleetDevice,
  FleetGateway,
  listOf,
  type NewAccount,
  type NewAuditHold,
  type NewStationOff,
  type PatientSearch,
  type PersonRole,
  type ReviewBreakGlass,
  SelfTest,
  StaffMember,
  Station,
  StationCreated,
  StationOff,
} from '@vigil/contracts';
import { z } from 'zod';
import { file } from './file.js';
import type { Answer } from './problem.js';
import { request } from './request.js';
import { uuid } from './uuid.js';

const seg = encodeURIComponent;
const Rows = listOf(AuditRow);
const Grants = listOf(BreakGlassGrant);
const Holds = listOf(AuditHold);
const AuditPatients = listOf(AuditPatient);
const Accounts = listOf(AccountView);
const Stations = listOf(Station);
const Staff = listOf(StaffMember);
const Devices = listOf(FleetDevice);
const Gateways = listOf(FleetGateway);
type List<T extends z.ZodType> = Promise<Answer<z.infer<T>>>;

/** Filters of the audit trail; what is empty is left out. Ids only, no names: they stand in an address. */
export interface AuditFilter {
  readonly patient?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly outcome?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export function auditQuery(filter: AuditFilter, more: Readonly<Record<string, string | null>> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filter, ...more })) {
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value));
  }
  return query.toString();
}

const AUDIT_PAGE = '50';
export const auditRows = (filter: AuditFilter, cursor: string | null): List<typeof Rows> =>
  request('GET', `/api/v1/audit?${auditQuery(filter, { limit: AUDIT_PAGE, cursor })}`, Rows);
export const auditProof = (seq: number): Promise<Answer<AuditProof>> => request('GET', `/api/v1/audit/${seq}/proof`, AuditProof);
export const auditSummary = (filter: AuditFilter): Promise<Answer<AuditSummary>> =>
  request('GET', `/api/v1/audit/summary?${auditQuery(filter)}`, AuditSummary);
/** As long as the server waits for somebody who takes nothing. */
const EXPORT_TIMEOUT_MS = 5 * 60_000;
/** The entries themselves, as a file. That they were taken out goes into them. */
export const exportAudit = (
  { patient, from, to }: Pick<AuditFilter, 'patient' | 'from' | 'to'>,
  format: 'ndjson' | 'csv',
): Promise<Answer<Blob>> => file(`/api/v1/audit/export?${auditQuery({ patient, from, to }, { format })}`, EXPORT_TIMEOUT_MS);
/** By POST: what is on a wristband is in no address. */
export const auditPatients = (wanted: PatientSearch): List<typeof AuditPatients> =>
  request('POST', '/api/v1/audit/patients', AuditPatients, { body: wanted });
export const auditChain = (): Promise<Answer<AuditChainView>> =>
  request('GET', '/api/v1/audit/chain', AuditChainView, { background: true });
export const startVerification = (fromMs: number | null): Promise<Answer<AuditVerification>> =>
  request('POST', '/api/v1/audit/verifications', AuditVerification, { body: fromMs === null ? {} : { from: fromMs } });
export const verificationOf = (id: string): Promise<Answer<AuditVerification>> =>
  request('GET', `/api/v1/audit/verifications/${seg(id)}`, AuditVerification, { background: true });

export const startSelfTest = (): Promise<Answer<SelfTest>> => request('POST', '/api/v1/self-tests', SelfTest);
export const newestSelfTest = (): Promise<Answer<SelfTest>> =>
  request('GET', '/api/v1/self-tests/newest', SelfTest, { background: true });

export const staff = (): List<typeof Staff> => request('GET', '/api/v1/staff', Staff);

/** Health of the parts of the platform; 503 carries the same body. */
const Health = z.object({
  ready: z.boolean(),
  /** `vital`: without it patients may not be watched. A platform of before says it of none. */
  parts: z.array(z.object({ name: z.string(), ready: z.boolean(), vital: z.boolean().optional(), reason: z.string() })),
});
export type Health = z.infer<typeof Health>;
export async function health(): Promise<Health | null> {
  try {
    const response = await fetch('/health/ready', { cache: 'no-store', signal: AbortSignal.timeout(8_000) });
    const parsed = Health.safeParse(await response.json());
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

export const grants = (state: BreakGlassState | null, cursor: string | null): List<typeof Grants> =>
  request('GET', `/api/v1/break-glass?${auditQuery({}, { state, limit: '50', cursor })}`, Grants);
export const review = (grantId: string, body: ReviewBreakGlass): Promise<Answer<BreakGlassGrant>> =>
  request('POST', `/api/v1/break-glass/${seg(grantId)}/review`, BreakGlassGrant, { body });

export const holds = (): List<typeof Holds> => request('GET', '/api/v1/audit/holds', Holds);
export const setHold = (body: z.infer<typeof NewAuditHold>): Promise<Answer<AuditHold>> =>
  request('POST', '/api/v1/audit/holds', AuditHold, { body, headers: { 'idempotency-key': uuid() } });
export const liftHold = (holdId: string): Promise<Answer<AuditHold>> =>
  request('DELETE', `/api/v1/audit/holds/${seg(holdId)}`, AuditHold);

const account = (staffId: string): string => `/api/v1/accounts/${seg(staffId)}`;
export const accounts = (cursor: string | null): List<typeof Accounts> =>
  request('GET', `/api/v1/accounts?${auditQuery({}, { limit: '100', cursor })}`, Accounts);
export const createAccount = (body: NewAccount): Promise<Answer<AccountCreated>> =>
  request('POST', '/api/v1/accounts', AccountCreated, { body });
export const setRoles = (staffId: string, roles: readonly PersonRole[]): Promise<Answer<AccountView>> =>
  request('PUT', `${account(staffId)}/roles`, AccountView, { body: { roles } });
export const disableAccount = (staffId: string): Promise<Answer<AccountView>> =>
  request('POST', `${account(staffId)}/disable`, AccountView);
export const enableAccount = (staffId: string): Promise<Answer<AccountView>> =>
  request('POST', `${account(staffId)}/enable`, AccountView);
export const resetAccount = (staffId: string, secondFactors: boolean): Promise<Answer<AccountCreated>> =>
  request('POST', `${account(staffId)}/reset`, AccountCreated, { body: { secondFactors } });
export const endAccountSessions = (staffId: string): Promise<Answer<void>> =>
  request('DELETE', `${account(staffId)}/sessions`, null);

export const devices = (cursor: string | null): List<typeof Devices> =>
  request('GET', `/api/v1/devices?${auditQuery({}, { limit: '200', cursor })}`, Devices);
export const gateways = (cursor: string | null): List<typeof Gateways> =>
  request('GET', `/api/v1/gateways?${auditQuery({}, { limit: '200', cursor })}`, Gateways);

export const stations = (): List<typeof Stations> => request('GET', '/api/v1/stations?limit=200', Stations, { background: true });
export const createStation = (careUnitId: string, label: string): Promise<Answer<StationCreated>> =>
  request('POST', '/api/v1/stations', StationCreated, { body: { careUnitId, label } });
/** It may be dark until then: nobody is told that it is. Sending it again does no harm. */
export const switchStationOff = (stationId: string, body: NewStationOff): Promise<Answer<StationOff>> =>
  request('POST', `/api/v1/stations/${seg(stationId)}/off`, StationOff, { body });
export const switchStationOn = (stationId: string): Promise<Answer<void>> =>
  request('DELETE', `/api/v1/stations/${seg(stationId)}/off`, null);
export const revokeStation = (stationId: string): Promise<Answer<void>> =>
  request('DELETE', `/api/v1/stations/${seg(stationId)}`, null);
