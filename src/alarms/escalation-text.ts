import type { AlarmView, DeclineReason, EscalationView, PageStage, PageView } from '@vigil/contracts';

type Time = (ms: number) => string;

/** Who was told and how far that is known to have come. */
export function toldText({ escalation }: Pick<AlarmView, 'escalation'>, time: Time): string {
  if (escalation.state === 'idle') return 'Nobody was paged: alarms of this kind page nobody.';
  const calls = escalation.pages.filter((page) => page.kind === 'alarm' || page.kind === 'canary');
  if (calls.length === 0) return 'Nobody has been paged.';
  const byPerson = new Map<string, PageView[]>();
  for (const page of calls) byPerson.set(page.staffName, [...(byPerson.get(page.staffName) ?? []), page]);
  const people = [...byPerson].map(([name, pages]) => `${name} (${pages.map((page) => pageWords(page, time)).join(', ')})`);
  return `Paged: ${people.join('; ')}.`;
}

const CHANNEL_WORD = {
  ...{ smtp: 'e-mail', webhook: 'webhook', webPush: 'push', sms: 'text message', voice: 'call' },
  canary: 'canary',
} as const;

/** What a page is known to have come to, beyond sent; the furthest counts. */
const KNOWN: readonly PageStage[] = ['opened', 'displayed', 'delivered'];

/** A page that was sent is not a page that was read, and nobody can know but by a receipt (D12). */
function pageWords(page: PageView, time: Time): string {
  const channel = CHANNEL_WORD[page.channel];
  if (page.joined !== null) return `${channel}, with another page of this patient`;
  switch (page.state) {
    case 'queued':
      return page.notBeforeMs === undefined ? `${channel} not sent yet` : `${channel} not before ${time(page.notBeforeMs)}`;
    case 'sent': {
      const furthest = KNOWN.map((stage) => page.receipts.find((each) => each.stage === stage)).find(
        (each) => each !== undefined,
      );
      const known = furthest === undefined ? 'not known if read' : `${furthest.stage} ${time(furthest.atMs)}`;
      return `${channel} sent ${page.sentAtMs === null ? '' : `${time(page.sentAtMs)}, `}${known}`;
    }
    case 'failed':
      return `${channel} FAILED`;
  }
}

const DECLINE_WORD: Readonly<Record<DeclineReason, string>> = {
  'busy-with-patient': 'busy with a patient',
  'too-far': 'too far away',
  'not-mine': 'not theirs',
  other: 'for another reason',
};

/** Who has said that somebody else has to go. */
export function declinedText({ escalation }: Pick<AlarmView, 'escalation'>, time: Time): string {
  if (escalation.declines.length === 0) return '';
  const people = escalation.declines.map(({ name, atMs, reason }) => `${name} at ${time(atMs)} (${DECLINE_WORD[reason]})`);
  return `Declined: ${people.join('; ')}.`;
}

type Coming = Pick<AlarmView, 'escalation' | 'active' | 'shelvedUntilMs'>;

/** Who is going, who is there, and by when the next person is told. */
export function comingText(view: Coming, time: Time): string {
  const { escalation, active } = view;
  switch (escalation.state) {
    case 'accepted':
      return `${going(escalation, active, time)}${asked(escalation, time)}`;
    case 'running': {
      const { nextAtMs, nextName } = escalation;
      if (nextAtMs === null) return `${partly(escalation)}Nobody else is left to be told.`;
      if (nextName === null) return `${partly(escalation)}Nobody who could be told is on duty: asked again at ${time(nextAtMs)}.`;
      return `${partly(escalation)}Next told: ${nextName} at ${time(nextAtMs)}.`;
    }
    case 'ended':
      return endedText(view, time);
    case 'idle':
    case 'pending':
      return active ? 'It is not known whether anybody is coming.' : '';
  }
}

function going({ accepts, acceptedAtMs, acceptedByName }: EscalationView, active: boolean, time: Time): string {
  const people =
    accepts.length > 0
      ? accepts
      : [{ name: acceptedByName ?? 'Somebody whose name is not known', atMs: acceptedAtMs, arrivedAtMs: null }];
  return people
    .map(({ name, atMs, arrivedAtMs }) => {
      if (arrivedAtMs !== null) return `${name} is there since ${time(arrivedAtMs)}.`;
      return `${name} accepted${atMs === null ? '' : ` at ${time(atMs)}`}${active ? ' and is coming' : ''}.`;
    })
    .join(' ');
}

function asked({ arriveByMs }: EscalationView, time: Time): string {
  return arriveByMs === null ? '' : ` Others are told at ${time(arriveByMs)} unless somebody says to be there.`;
}

function partly({ accepts, acceptsNeeded }: EscalationView): string {
  if (accepts.length === 0) return 'Nobody has accepted. ';
  return `${accepts.map((each) => each.name).join(', ')} accepted: ${accepts.length} of ${acceptsNeeded} who are needed. `;
}

function endedText({ escalation, active, shelvedUntilMs }: Coming, time: Time): string {
  if (active && shelvedUntilMs !== undefined) return `Shelved until ${time(shelvedUntilMs)}: nobody is told until then.`;
  if (!active) return escalation.accepts.length === 0 ? 'Nobody accepted.' : partly(escalation).trim();
  return escalation.accepts.length === 0
    ? 'NOBODY HAS ACCEPTED and nobody else will be told.'
    : `${partly(escalation)}NOT ENOUGH, and nobody else will be told.`;
}
