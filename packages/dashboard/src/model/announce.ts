import type { AlarmId, AlarmView } from '@vigil/contracts';
import { isActive, needOf } from './alarm-order.js';
import { plainText } from '../words/plain-text.js';
import { t } from '../words/words.js';
import { kindText, shortText } from './alarm-text.js';

export interface Announcement {
  readonly urgency: 'assertive' | 'polite';
  readonly text: string;
}

/** More than this many changes at once are summed up: a flood read out one by one hides the next alarm. */
const SINGLY_MAX = 2;

/**
 * What a screen reader is told when one set of alarms becomes the next: new alarms and alarms raised, high ones
 * assertively; who accepts and what ends, politely. Numbers are never announced by the second.
 */
export function announcements(
  before: ReadonlyMap<AlarmId, AlarmView>,
  after: ReadonlyMap<AlarmId, AlarmView>,
): readonly Announcement[] {
  const fresh = [...after.values()].filter((a) => isActive(a) && isNews(before.get(a.alarmId), a));
  const high = fresh.filter((a) => a.priority === 'high');
  const rest = fresh.filter((a) => a.priority !== 'high');
  const said: string[] = rest.length > SINGLY_MAX ? [t('shell:newLower', { count: rest.length })] : rest.map(sentence);
  for (const [id, was] of before) {
    const is = after.get(id);
    if (is && !was.escalation.acceptedBy && is.escalation.acceptedByName) {
      said.push(t('shell:accepted', { name: is.escalation.acceptedByName, alarm: shortText(is), bed: is.bedLabel }));
    }
    if (isActive(was) && !(is && isActive(is))) said.push(t('shell:over', { alarm: shortText(was), bed: was.bedLabel }));
  }
  const loud =
    high.length > SINGLY_MAX
      ? [t('shell:newHigh', { count: high.length }), ...high.slice(0, 1).map(sentence)]
      : high.map(sentence);
  return [
    ...(loud.length > 0 ? [{ urgency: 'assertive', text: loud.join('. ') } as const] : []),
    ...(said.length > 0 ? [{ urgency: 'polite', text: said.slice(0, 4).join('. ') } as const] : []),
  ];
}

function isNews(was: AlarmView | undefined, is: AlarmView): boolean {
  if (!was || !isActive(was)) return true;
  return (
    (was.priority !== is.priority && is.priority === 'high') || (needOf(was) !== 'unanswered' && needOf(is) === 'unanswered')
  );
}

function sentence(alarm: AlarmView): string {
  return `${kindText(alarm)}, ${plainText(alarm.bedLabel)}, ${shortText(alarm)}`;
}
