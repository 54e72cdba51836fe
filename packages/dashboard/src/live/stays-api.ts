import {
  type AssignDevice,
  BedView,
  CorrectedAssignment,
  CorrectedStay,
  type CorrectStay,
  DeviceAssignment,
  DeviceCheck,
  Discharged,
  Encounter,
  listOf,
  type NewPatient,
  Patient,
  type ReopenStay,
  type SetStandby,
  Shelf,
  StandbyView,
  StayProfile,
  Task,
  TaskDetail,
  TaskSaid,
  TrayDevice,
} from '@vigil/contracts';
import type { z } from 'zod';
import type { Answer } from './problem.js';
import { request } from './request.js';

const seg = encodeURIComponent;
const Encounters = listOf(Encounter);
const Assignments = listOf(DeviceAssignment);
const Standbys = listOf(StandbyView);
const TrayDevices = listOf(TrayDevice);
const Tasks = listOf(Task);
const Beds = listOf(BedView);
const Shelves = listOf(Shelf);
type List<T extends z.ZodType> = Promise<Answer<z.infer<T>>>;

/** Names one command: sent again with the same key nothing happens twice. */
export interface Command {
  readonly key: string;
  /** The revision that the person saw, where the route asks for it. */
  readonly rev?: number;
}

function command<T>(
  method: string,
  path: string,
  schema: z.ZodType<T>,
  { key, rev }: Command,
  body?: unknown,
): Promise<Answer<T>> {
  const headers = { 'idempotency-key': key, ...(rev === undefined ? {} : { 'if-match': `"${rev}"` }) };
  return request(method, `/api/v1/${path}`, schema, { ...(body === undefined ? {} : { body }), headers });
}

export const stay = (id: string): Promise<Answer<Encounter>> => request('GET', `/api/v1/encounters/${seg(id)}`, Encounter);
export const myBeds = (): List<typeof Beds> => request('GET', '/api/v1/beds', Beds);
/** Stays that ended in this bed, as far as one may still read them. */
export const endedStays = (bedId: string): List<typeof Encounters> =>
  request('GET', `/api/v1/encounters?bed=${seg(bedId)}&open=false&limit=20`, Encounters);
export const devicesOf = (bedId: string, atMs: number): List<typeof Assignments> =>
  request('GET', `/api/v1/device-assignments?bed=${seg(bedId)}&at=${Math.floor(atMs)}&limit=50`, Assignments);
export const deviceCheck = (deviceId: string): Promise<Answer<DeviceCheck>> =>
  request('GET', `/api/v1/devices/${seg(deviceId)}/check`, DeviceCheck);
export const shelvesOf = (id: string): List<typeof Shelves> => request('GET', `/api/v1/encounters/${seg(id)}/shelves`, Shelves);
export const standbyIn = (careUnitId: string): List<typeof Standbys> =>
  request('GET', `/api/v1/care-units/${seg(careUnitId)}/standby`, Standbys);

export const createPatient = (body: z.infer<typeof NewPatient>, by: Command): Promise<Answer<Patient>> =>
  command('POST', 'patients', Patient, by, body);
export const admit = (body: { patientId: string; bedId: string }, by: Command): Promise<Answer<Encounter>> =>
  command('POST', 'encounters', Encounter, by, body);
export const transfer = (
  id: string,
  body: { bedId: string; deviceIds?: readonly string[] },
  by: Command,
): Promise<Answer<Encounter>> => command('POST', `encounters/${seg(id)}/transfer`, Encounter, by, body);
export const discharge = (id: string, body: { devices: 'keep' | 'end' }, by: Command): Promise<Answer<Discharged>> =>
  command('POST', `encounters/${seg(id)}/discharge`, Discharged, by, body);
export const reopen = (id: string, body: ReopenStay, by: Command): Promise<Answer<Encounter>> =>
  command('POST', `encounters/${seg(id)}/reopen`, Encounter, by, body);
export const correctStay = (id: string, body: CorrectStay, by: Command): Promise<Answer<CorrectedStay>> =>
  command('POST', `encounters/${seg(id)}/correct`, CorrectedStay, by, body);
export const setStandby = (id: string, body: SetStandby, by: Command): Promise<Answer<StandbyView>> =>
  command('POST', `encounters/${seg(id)}/standby`, StandbyView, by, body);
export const endStandby = (id: string, by: Command): Promise<Answer<StandbyView>> =>
  command('DELETE', `encounters/${seg(id)}/standby`, StandbyView, by);
export const profileOf = (id: string): Promise<Answer<StayProfile>> =>
  request('GET', `/api/v1/encounters/${seg(id)}/profile`, StayProfile);
export const setProfile = (
  id: string,
  ageGroup: NonNullable<StayProfile['ageGroup']>,
  by: Command,
): Promise<Answer<StayProfile>> => command('PUT', `encounters/${seg(id)}/profile`, StayProfile, by, { ageGroup });

export const assignDevice = (body: z.input<typeof AssignDevice>, by: Command): Promise<Answer<DeviceAssignment>> =>
  command('POST', 'device-assignments', DeviceAssignment, by, body);
export const endAssignment = (assignmentId: string, by: Command): Promise<Answer<DeviceAssignment>> =>
  command('POST', `device-assignments/${seg(assignmentId)}/end`, DeviceAssignment, by, {});
/** It never was where somebody said, or it was at another bed all along. */
export const correctAssignment = (
  assignmentId: string,
  body:
    | { voided: true; reason: CorrectStay['reason']; note: string }
    | { bedId: string; reason: CorrectStay['reason']; note: string },
  by: Command,
): Promise<Answer<CorrectedAssignment>> =>
  command('POST', `device-assignments/${seg(assignmentId)}/correct`, CorrectedAssignment, by, body);

export const tray = (background = false): List<typeof TrayDevices> => request('GET', '/api/v1/tray', TrayDevices, { background });
export const openTasks = (background = false): List<typeof Tasks> =>
  request('GET', '/api/v1/tasks?state=open&limit=100', Tasks, { background });
export const taskDetail = (id: string): Promise<Answer<TaskDetail>> =>
  request('GET', `/api/v1/tasks/${seg(id)}/detail`, TaskDetail);
export const taskSaid = (id: string): Promise<Answer<TaskSaid>> => request('GET', `/api/v1/tasks/${seg(id)}/said`, TaskSaid);
export type Settlement =
  | { readonly do: 'apply' | 'dismiss'; readonly note: string }
  | { readonly do: 'link'; readonly note: string; readonly patientId: string };
export const settleTask = (id: string, { do: what, ...body }: Settlement, by: Command): Promise<Answer<Task>> =>
  command('POST', `tasks/${seg(id)}/${what}`, Task, by, body);
