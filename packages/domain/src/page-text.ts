import { type AlarmTransition, KIND_WORD, type Priority, PRIORITY_MARK } from '@vigil/contracts';

/** A page link speaks for its person for this long from when it leaves (decisions.md, "Pager"). Wall time. */
export const LINK_VALID_MS = 600_000;

/** Places that one message names; the others are in the list that its link opens. */
const PLACES_MAX = 6;

/** On one line, so that no header can be broken out of and no list be made longer than it is. */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\p{Bidi_Control}\u200B\uFEFF]/gu, '')
    .trim();
}

/** E.g. `TEST *** High priority alarm, bed ICU 3`: where and how urgent, never what was measured or who lies there (FR-E12). */
export function pageSubject(alarm: Pick<AlarmTransition, 'origin' | 'priority' | 'kind'>, place: string): string {
  const priority = `${alarm.priority[0]!.toUpperCase()}${alarm.priority.slice(1)}`;
  return `${testMark(alarm.origin === 'live')}${PRIORITY_MARK[alarm.priority]} ${priority} priority ${KIND_WORD[alarm.kind]}, ${oneLine(place)}`;
}

/** What one message says of several alarms, the most urgent first, e.g. `*** 3 alarms: bed ICU 3, bed ICU 5, bed ICU 7`. */
export function groupSubject(group: {
  readonly priority: Priority;
  readonly test: boolean;
  readonly places: readonly string[];
}): string {
  const places = [...new Set(group.places.map(oneLine))];
  const more = places.length > PLACES_MAX ? ` and ${places.length - PLACES_MAX} more` : '';
  const named = `${places.slice(0, PLACES_MAX).join(', ')}${more}`;
  return `${testMark(!group.test)}${PRIORITY_MARK[group.priority]} ${group.places.length} alarms: ${named}`;
}

/** What is going on at an alarm by now, as far as whoever was told of it has to know. */
export interface StandDown {
  readonly place: string;
  readonly test: boolean;
  /** Names of those who are going; nobody: it is over, or put away. */
  readonly going: readonly string[];
  /** A person has put it away for a while: it may be told anew. */
  readonly isShelved: boolean;
}

/** E.g. `bed ICU 3: stand down, Karin Novak is going`. Nothing about the patient, and no link: nothing is asked. */
export function standDownText({ place, test, going, isShelved }: StandDown): string {
  const who = going.map(oneLine).join(', ');
  const none = isShelved ? 'it is shelved for now' : 'it is over';
  const why = going.length === 0 ? none : `${who} ${going.length === 1 ? 'is' : 'are'} going`;
  return `${testMark(!test)}${oneLine(place)}: stand down, ${why}`;
}

function testMark(isLive: boolean): string {
  return isLive ? '' : 'TEST ';
}
