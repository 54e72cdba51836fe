import type { AlarmView, PageReceipt, PageView } from '@vigil/contracts';
import { t } from '../words/words.js';

/** One line of what became of being told, oldest first. Wall times. */
export interface EscalationEvent {
  readonly atMs: number;
  readonly text: string;
  readonly kind: 'page' | 'waits' | 'failed' | 'accept' | 'arrived' | 'decline';
  /** How far a message has come; none of what people said. */
  readonly receipts: readonly PageReceipt[];
}

export const wayWord = (channel: PageView['channel']): string =>
  channel === 'smtp' || channel === 'sms' || channel === 'voice' || channel === 'webPush' || channel === 'webhook'
    ? t(`onCall:way_${channel}`)
    : channel;

function pageEvent(page: PageView, wallMs: number): EscalationEvent {
  const values = { name: page.staffName, way: wayWord(page.channel) };
  const waits = page.state === 'queued' && (page.notBeforeMs ?? 0) > wallMs;
  return {
    atMs: page.sentAtMs ?? page.notBeforeMs ?? page.queuedAtMs,
    text: waits ? t('onCall:event_pageWaits', values) : t('onCall:event_page', values),
    kind: page.state === 'failed' ? 'failed' : waits ? 'waits' : 'page',
    receipts: page.receipts,
  };
}

/** @param wallMs now, by the server's clock */
export function escalationEvents({ escalation }: AlarmView, wallMs: number): readonly EscalationEvent[] {
  const { pages, accepts, declines } = escalation;
  const events: EscalationEvent[] = [
    ...pages.filter(({ kind }) => kind === 'alarm').map((page) => pageEvent(page, wallMs)),
    ...accepts.map(({ name, atMs }) => said(atMs, 'accept', t('onCall:event_accept', { name }))),
    ...accepts.flatMap(({ name, arrivedAtMs }) =>
      arrivedAtMs === null ? [] : [said(arrivedAtMs, 'arrived', t('onCall:event_arrived', { name }))],
    ),
    ...declines.map(({ name, atMs, reason }) =>
      said(atMs, 'decline', t('onCall:event_decline', { name, reason: t(`onCall:why.${reason}`) })),
    ),
  ];
  return events.sort((a, b) => a.atMs - b.atMs);
}

const said = (atMs: number, kind: EscalationEvent['kind'], text: string): EscalationEvent => ({
  ...{ atMs, kind, text },
  receipts: [],
});

/** Alarms whose people are being told, or are going, or were told in vain. */
export const isBeingTold = ({ escalation, active }: AlarmView): boolean =>
  escalation.state === 'running' ||
  escalation.state === 'accepted' ||
  (escalation.state === 'ended' && active && escalation.acceptedAtMs === null && escalation.pages.length > 0);

/** What comes next, with a countdown to a deadline of the server. @param inText how long until `nextAtMs` */
export function nextText({ escalation }: AlarmView, inText: string): string {
  const { state, accepts, nextAtMs, nextName } = escalation;
  if (state === 'accepted') return t('onCall:going', { names: accepts.map(({ name }) => name).join(', ') });
  if (state === 'ended') return t('onCall:nextEnded');
  if (nextAtMs === null) return t('onCall:nextNone');
  return nextName === null ? t('onCall:nextAtNobody', { in: inText }) : t('onCall:nextAt', { in: inText, who: nextName });
}
