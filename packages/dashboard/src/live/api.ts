import { AlarmView, CommandResult, listOf } from '@vigil/contracts';
import { type CommandAnswer, type CommandKind, COMMAND_TIMEOUT_MS, commandRequest } from '../model/command.js';
import { uuid } from './uuid.js';

const READ_TIMEOUT_MS = 8_000;
const RECENT_MAX = 200;
const AlarmList = listOf(AlarmView);

/** False when the server could not be told: then the session lives until it is idle for too long. */
export async function signOut(): Promise<boolean> {
  try {
    return (await fetch('/api/v1/session', { method: 'DELETE', signal: AbortSignal.timeout(READ_TIMEOUT_MS) })).status < 500;
  } catch {
    return false;
  }
}

/** Alarms that changed since an event time. Throws when the server cannot be asked. */
export async function alarmsSince(sinceEventMs: number): Promise<readonly AlarmView[]> {
  const response = await get(`/api/v1/alarms?since=${Math.max(0, Math.floor(sinceEventMs))}&limit=${RECENT_MAX}`);
  if (!response.ok) throw new Error(`alarms: ${response.status}`);
  return AlarmList.parse(await response.json()).items;
}

/**
 * Sends one command, once. It carries a fresh idempotency key and the revision that was on the screen, waits no longer
 * than COMMAND_TIMEOUT_MS, and is never repeated: what was not answered is for a person to decide (HZ-D7).
 */
export async function sendCommand(command: CommandKind, alarm: AlarmView): Promise<CommandAnswer> {
  if (!navigator.onLine) return { kind: 'notSent', why: 'offline' };
  const { path, rev } = commandRequest(command, alarm);
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'if-match': `"${rev}"`, 'idempotency-key': uuid() },
      body: '{}',
      signal: AbortSignal.timeout(COMMAND_TIMEOUT_MS),
    });
    return await answerOf(response, alarm);
  } catch (error) {
    const timedOut = error instanceof DOMException && (error.name === 'TimeoutError' || error.name === 'AbortError');
    return { kind: 'notSent', why: timedOut ? 'noAnswer' : 'offline' };
  }
}

async function answerOf(response: Response, alarm: AlarmView): Promise<CommandAnswer> {
  if (response.ok) {
    const result = CommandResult.safeParse(await response.json());
    return result.success ? { kind: 'answered', alarm: result.data.alarm } : { kind: 'notSent', why: 'noAnswer' };
  }
  /* 409: somebody else has accepted meanwhile; to the person it is the same. */
  if (response.status === 412 || response.status === 409) return { kind: 'changed', alarm: await freshAlarm(alarm) };
  if (response.status === 401) return { kind: 'notSent', why: 'signedOut' };
  if (response.status === 429) return { kind: 'notSent', why: 'tooOften' };
  return { kind: 'notSent', why: response.status === 403 ? 'forbidden' : 'refused' };
}

/** The alarm as it is now; null, when it cannot be had, leaves it to the live channel. */
async function freshAlarm({ alarmId }: AlarmView): Promise<AlarmView | null> {
  try {
    const response = await get(`/api/v1/alarms/${encodeURIComponent(alarmId)}`);
    return response.ok ? AlarmView.parse(await response.json()) : null;
  } catch {
    return null;
  }
}

function get(path: string): Promise<Response> {
  return fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(READ_TIMEOUT_MS) });
}
