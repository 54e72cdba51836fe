import type { AlarmView } from '@vigil/contracts';
import { mayAccept } from './alarm-order.js';
import { t } from '../words/words.js';

export type CommandKind = 'accept' | 'acknowledge';

/** A command that got no answer in this time counts as not sent. Wall time. */
export const COMMAND_TIMEOUT_MS = 2_000;

/**
 * What became of the last command for one alarm. There is no "done": an alarm changes only by the server's answer or
 * echo, and then shows it itself.
 */
export type CommandState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'sending'; readonly command: CommandKind }
  /** The key was pressed; this site wants Enter behind it. */
  | { readonly kind: 'asking'; readonly command: CommandKind }
  /** Nothing is repeated; the person decides. */
  | { readonly kind: 'notSent'; readonly command: CommandKind; readonly why: NotSentReason }
  /** 412: the alarm has moved since it was shown. */
  | { readonly kind: 'changed'; readonly command: CommandKind };

export type NotSentReason =
  'offline' | 'noAnswer' | 'refused' | 'forbidden' | 'signedOut' | 'viewOnly' | 'tooShort' | 'raining' | 'tooOften';

export type CommandAnswer =
  | { readonly kind: 'answered'; readonly alarm: AlarmView }
  | { readonly kind: 'changed'; readonly alarm: AlarmView | null }
  | { readonly kind: 'notSent'; readonly why: NotSentReason };

export const IDLE: CommandState = { kind: 'idle' };

export function afterAnswer(command: CommandKind, answer: CommandAnswer): CommandState {
  if (answer.kind === 'answered') return IDLE;
  return answer.kind === 'changed' ? { kind: 'changed', command } : { kind: 'notSent', command, why: answer.why };
}

/** The alarm is as the command was to make it, whoever has done it. That it moved on in any other way is none of that. */
const isDone = (command: CommandKind, alarm: AlarmView): boolean =>
  command === 'accept'
    ? alarm.escalation.acceptedBy !== null && !mayAccept(alarm)
    : alarm.acknowledgePending || alarm.presence === 'ack' || alarm.presence === 'off';

/**
 * Once the alarm shows what was asked for, what was said about a click is no longer worth showing; a click that is still on its way
 * is. A failure stays beside an alarm that changed otherwise: a condition that ends leaves the signal as unanswered as before.
 */
export function afterEcho(state: CommandState, echo: AlarmView): CommandState {
  if (state.kind === 'idle' || state.kind === 'sending') return state;
  return isDone(state.command, echo) ? IDLE : state;
}

/** What a person can do nothing about at this screen: they call. */
const TO_CALL: readonly NotSentReason[] = ['offline', 'noAnswer', 'refused', 'signedOut', 'raining'];

/**
 * Empty when there is nothing to say.
 *
 * @param number whom to call from this care unit, where the site has said so
 */
export function commandText(state: CommandState, number: string | null = null): string {
  if (state.kind === 'sending') return t('safety:sending');
  if (state.kind === 'asking') return t('shell:pressEnter');
  if (state.kind === 'changed') return t('safety:notSent.changed');
  if (state.kind !== 'notSent') return '';
  const said = t(`safety:notSent.${state.why}`);
  return number !== null && TO_CALL.includes(state.why) ? t('safety:withNumber', { said, number }) : said;
}

/** The path and the revision that the server checks: two machines, two revisions (decisions.md, D11). */
export function commandRequest(command: CommandKind, alarm: AlarmView): { readonly path: string; readonly rev: number } {
  const rev = command === 'accept' ? alarm.escalation.rev : alarm.rev;
  return { path: `/api/v1/alarms/${encodeURIComponent(alarm.alarmId)}/${command}`, rev };
}
