import { AlarmView, CommandResult, listOf } from '@vigil/contracts';
import { type CommandAnswer, type CommandKind, COMMAND_TIMEOUT_MS, commandRequest } from '../model/command.js';
import type { z } from 'zod';
import type { Answer } from './problem.js';
import { request } from './request.js';
import { uuid } from './uuid.js';

const READ_TIMEOUT_MS = 8_000;
/** Alarms of one answer, and answers for one question. */
const [PAGE, PAGES_MAX] = [500, 4];
const AlarmList = listOf(AlarmView);

/** False when the server could not be told: then the session lives until it is idle for too long. */
export async function signOut(): Promise<boolean> {
  try {
    return (await fetch('/api/v1/session', { method: 'DELETE', signal: AbortSignal.timeout(READ_TIMEOUT_MS) })).status < 500;
  } catch {
    return false;
  }
}

/**
 * Alarms of all units of whoever asks that changed since an event time. Asked by the page itself: it does not count as use of the
 * session. `cut`: there are more.
 */
export async function alarmsSince(
  sinceEventMs: number,
): Promise<Answer<{ readonly alarms: readonly AlarmView[]; readonly cut: boolean }>> {
  const alarms: AlarmView[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const query = new URLSearchParams({ since: String(Math.max(0, Math.floor(sinceEventMs))), limit: String(PAGE) });
    if (cursor !== null) query.set('cursor', cursor);
    const answer: Answer<z.infer<typeof AlarmList>> = await request('GET', `/api/v1/alarms?${query}`, AlarmList, {
      background: true,
    });
    if (!answer.ok) return answer;
    alarms.push(...answer.value.items);
    cursor = answer.value.next;
    if (cursor === null) break;
  }
  return { ok: true, value: { alarms, cut: cursor !== null } };
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

/** The alarm as it is now; null, when it cannot be had at once, leaves it to the live channel. */
async function freshAlarm({ alarmId }: AlarmView): Promise<AlarmView | null> {
  try {
    const response = await fetch(`/api/v1/alarms/${encodeURIComponent(alarmId)}`, {
      cache: 'no-store',
      signal: AbortSignal.timeout(COMMAND_TIMEOUT_MS),
    });
    return response.ok ? AlarmView.parse(await response.json()) : null;
  } catch {
    return null;
  }
}
