import { type AlarmView, PRIORITY_MARK } from '@vigil/contracts';
import { conditionText } from './condition-text.js';
import { comingText, declinedText, toldText } from './escalation-text.js';

export type AlarmTextParts = Omit<AlarmView, 'text'> & {
  /** What people call those that its evidence names by id, e.g. `station:st-1`; who is not in it is named by id. */
  readonly subjectNames?: ReadonlyMap<string, string>;
};

/**
 * One line, in English: what happened, who was told, who is coming and by when the next person is told; where Vigil
 * does not know, it says so. Begins with `TEST ` when the data are not live (D22). For signed-in staff only: it
 * holds a reading.
 *
 * Pure. `timeZone` (IANA name) is that of the times of day; left out, that of this machine.
 */
export function alarmText(view: AlarmTextParts, timeZone?: string): string {
  const time = timeOfDay(timeZone);
  const test = view.origin === 'live' ? '' : 'TEST ';
  return [
    `${test}${headline(view)}`,
    whose(view),
    ended(view),
    found(view),
    seen(view),
    toldText(view, time),
    declinedText(view, time),
    comingText(view, time),
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** E.g. `*** High priority alarm, ICU 3: Heart rate 148 /min, above 120 /min.` */
function headline(view: AlarmTextParts): string {
  const priority = `${view.priority[0]!.toUpperCase()}${view.priority.slice(1)}`;
  const kind = view.kind === 'technical' ? 'technical alarm' : 'alarm';
  return `${PRIORITY_MARK[view.priority]} ${priority} priority ${kind}, ${view.bedLabel}: ${conditionText(view)}.`;
}

/** It is told and paged all the same: somebody may lie there whom nobody has registered yet. */
function whose({ bedId, encounterId }: AlarmTextParts): string {
  return bedId !== null && encounterId === null ? 'No patient was admitted to this bed when it began.' : '';
}

function ended(view: AlarmTextParts): string {
  if (view.active) return view.flapping === true ? 'It comes and goes.' : '';
  return view.presence === 'latched' ? 'It is over and sounds until somebody acknowledges it.' : 'It is over.';
}

/** Why it is told later than it began. */
function found({ adopted, conditionCode }: AlarmTextParts): string {
  if (adopted === undefined) return '';
  if (conditionCode.startsWith('device.')) return 'The bedside device raised it earlier; it reached Vigil late.';
  return 'Raised by the unit’s gateway while Vigil could not be reached from there.';
}

function seen(view: AlarmTextParts): string {
  if (view.acknowledgePending) return 'Acknowledgement recorded, waiting.';
  if (view.presence !== 'ack') return '';
  return `Acknowledged by ${view.acknowledgedByName ?? 'somebody whose name is not known'}.`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** `14:03:20`; formats are kept because making one is slow. */
function timeOfDay(timeZone: string | undefined): (ms: number) => string {
  const key = timeZone ?? '';
  const format =
    formats.get(key) ??
    new Intl.DateTimeFormat('en-GB', {
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      ...(timeZone === undefined ? {} : { timeZone }),
    });
  formats.set(key, format);
  return (ms) => format.format(ms);
}
