import {
  AlarmReadings,
  AlarmView,
  type AlarmLabel,
  CommandResult,
  type DeclineReason,
  Explanation,
  LimitsOffRow,
  listOf,
  type NewShelf,
  Shelf,
  StandbyView,
} from '@vigil/contracts';
import type { z } from 'zod';
import type { Answer } from './problem.js';
import { request } from './request.js';
import { uuid } from './uuid.js';

const AlarmList = listOf(AlarmView);
const ShelfList = listOf(Shelf);
const LimitsOffList = listOf(LimitsOffRow);
const seg = encodeURIComponent;
const at = (alarmId: string): string => `/api/v1/alarms/${seg(alarmId)}`;
const stay = (encounterId: string): string => `/api/v1/encounters/${seg(encounterId)}`;

/** Each press is one request with a key of its own; the revision is the one on the screen. */
const command = (rev?: number): Readonly<Record<string, string>> => ({
  'idempotency-key': uuid(),
  ...(rev === undefined ? {} : { 'if-match': `"${rev}"` }),
});

export const alarmById = (alarmId: string): Promise<Answer<AlarmView>> =>
  request('GET', at(alarmId), AlarmView, { background: true });
export const explanationOf = (alarmId: string): Promise<Answer<Explanation>> =>
  request('GET', `${at(alarmId)}/explanation`, Explanation);
export const readingsAround = (alarmId: string): Promise<Answer<AlarmReadings>> =>
  request('GET', `${at(alarmId)}/snapshot`, AlarmReadings, { background: true });

/** @param sinceMs event time; those that changed since */
export const alarmsOfBed = (bedId: string, sinceMs: number): Promise<Answer<z.infer<typeof AlarmList>>> =>
  request('GET', `/api/v1/alarms?bed=${seg(bedId)}&since=${Math.max(0, Math.floor(sinceMs))}&limit=500`, AlarmList, {
    background: true,
  });

/** What somebody says of an alarm beside accept and acknowledge. All name the revision of the escalation. */
export type AlarmAnswer = { readonly kind: 'decline' | 'pass'; readonly reason: DeclineReason } | { readonly kind: 'arrive' };

export const answerAlarm = ({ alarmId, escalation }: AlarmView, answer: AlarmAnswer): Promise<Answer<CommandResult>> =>
  request('POST', `${at(alarmId)}/${answer.kind}`, CommandResult, {
    body: answer.kind === 'arrive' ? {} : { reason: answer.reason },
    headers: command(escalation.rev),
  });

/** @param label null takes back what was said */
export const labelAlarm = (alarmId: string, label: AlarmLabel | null): Promise<Answer<CommandResult>> =>
  request(label === null ? 'DELETE' : 'PUT', `${at(alarmId)}/label`, CommandResult, {
    ...(label === null ? {} : { body: { label } }),
    headers: command(),
  });

export const shelvesOf = (encounterId: string): Promise<Answer<z.infer<typeof ShelfList>>> =>
  request('GET', `${stay(encounterId)}/shelves`, ShelfList, { background: true });
export const shelve = (encounterId: string, shelf: NewShelf): Promise<Answer<Shelf>> =>
  request('POST', `${stay(encounterId)}/shelves`, Shelf, { body: shelf, headers: command() });
export const agreeToShelf = ({ encounterId, shelfId, rev }: Shelf): Promise<Answer<Shelf>> =>
  request('POST', `${stay(encounterId)}/shelves/${seg(shelfId)}/agree`, Shelf, { body: {}, headers: command(rev) });
export const endShelf = ({ encounterId, shelfId, rev }: Shelf): Promise<Answer<Shelf>> =>
  request('DELETE', `${stay(encounterId)}/shelves/${seg(shelfId)}`, Shelf, { headers: command(rev) });

export const limitsOff = (careUnitId: string): Promise<Answer<z.infer<typeof LimitsOffList>>> =>
  request('GET', `/api/v1/care-units/${seg(careUnitId)}/limits-off`, LimitsOffList, { background: true });
export const endStandby = (encounterId: string): Promise<Answer<StandbyView>> =>
  request('DELETE', `${stay(encounterId)}/standby`, StandbyView, { headers: command() });
