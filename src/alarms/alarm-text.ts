import { type AlarmView, type PageView, PRIORITY_MARK } from '@vigil/contracts';
import { conditionText } from './condition-text.js';

export type AlarmTextParts = Omit<AlarmView, 'text'>;

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
  return [`${test}${headline(view)}`, whose(view), ended(view), found(view), seen(view), told(view, time), coming(view, time)]
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
  if (view.active) return '';
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

function told({ escalation }: AlarmTextParts, time: (ms: number) => string): string {
  if (escalation.state === 'idle') return 'Nobody was paged: alarms of this kind page nobody.';
  if (escalation.pages.length === 0) return 'Nobody has been paged.';
  const byPerson = new Map<string, PageView[]>();
  for (const page of escalation.pages) byPerson.set(page.staffName, [...(byPerson.get(page.staffName) ?? []), page]);
  const people = [...byPerson].map(([name, pages]) => `${name} (${pages.map((p) => pageWords(p, time)).join(', ')})`);
  return `Paged: ${people.join('; ')}.`;
}

const CHANNEL_WORD = {
  ...{ smtp: 'e-mail', webhook: 'webhook', webPush: 'push', sms: 'text message', voice: 'call' },
  canary: 'canary',
} as const;

/** A page that was sent is not a page that was read, and nobody can know (D12). */
function pageWords(page: PageView, time: (ms: number) => string): string {
  const channel = CHANNEL_WORD[page.channel];
  switch (page.state) {
    case 'queued':
      return `${channel} not sent yet`;
    case 'sent':
      return `${channel} sent ${page.sentAtMs === null ? '' : `${time(page.sentAtMs)}, `}not known if read`;
    case 'failed':
      return `${channel} FAILED`;
  }
}

function coming({ escalation, active }: AlarmTextParts, time: (ms: number) => string): string {
  const { state, acceptedAtMs, nextAtMs, nextName } = escalation;
  switch (state) {
    case 'accepted': {
      const who = escalation.acceptedByName ?? 'Somebody whose name is not known';
      return `${who} accepted${acceptedAtMs === null ? '' : ` at ${time(acceptedAtMs)}`}${active ? ' and is coming' : ''}.`;
    }
    case 'running':
      return nextAtMs === null
        ? 'Nobody has accepted, and nobody else is left to be told.'
        : `Nobody has accepted; next told: ${nextName ?? 'not known'} at ${time(nextAtMs)}.`;
    case 'ended':
      return active ? 'NOBODY HAS ACCEPTED and nobody else will be told.' : 'Nobody accepted.';
    case 'idle':
    case 'pending':
      return active ? 'It is not known whether anybody is coming.' : '';
  }
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
