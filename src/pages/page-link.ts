import { type AlarmView, EpochMs, type PagerView } from '@vigil/contracts';
import { LINK_VALID_MS } from '@vigil/domain';
import type { LinkedPage, PageLink } from '../ports/escalations.js';

/** What a link shows, and of what. */
export interface LinkFacts {
  readonly link: PageLink;
  readonly alarm: AlarmView;
  /** Other alarms that its person was told of; none once the link is too old. */
  readonly others: readonly LinkedPage[];
  readonly careUnitLabel: string;
  readonly callNumber: string | null;
  readonly wallMs: number;
}

/** What a phone may see before anybody signed in: no patient, no reading, no text of the alarm (FR-E12). */
export function pagerView({ link, alarm, others, careUnitLabel, callNumber, wallMs }: LinkFacts): PagerView {
  const { escalation } = alarm;
  const queuedMs = escalation.pages.map((page) => page.queuedAtMs as number);
  return {
    state: stateOf(link, alarm, wallMs),
    staffName: link.staffName,
    bedLabel: alarm.bedLabel,
    careUnitLabel,
    alarmId: alarm.alarmId,
    callNumber,
    priority: alarm.priority,
    kind: alarm.kind,
    test: link.test,
    // The first page goes out when the alarm is raised; the alarm's own onset is in event time.
    raisedWallMs: EpochMs.parse(Math.min(link.expiresAtMs - LINK_VALID_MS, ...queuedMs)),
    nextAtMs: escalation.nextAtMs,
    nextName: escalation.nextName,
    ...(escalation.nextNames === undefined ? {} : { nextNames: escalation.nextNames }),
    acceptedByName: escalation.acceptedByName,
    acceptedAtMs: escalation.acceptedAtMs,
    active: alarm.active,
    serverWallMs: EpochMs.parse(wallMs),
    mine: mineOf(link, alarm),
    accepts: escalation.accepts.map(({ name, arrivedAtMs }) => ({ name, arrived: arrivedAtMs !== null })),
    acceptsNeeded: escalation.acceptsNeeded,
    arriveByMs: escalation.arriveByMs,
    others: others.map(({ pageId, bedLabel, priority, kind, together, queuedMs: atMs }) => {
      return { pageId, bedLabel, priority, kind, together, queuedWallMs: EpochMs.parse(atMs) };
    }),
  };
}

function stateOf(link: PageLink, alarm: AlarmView, wallMs: number): PagerView['state'] {
  if (alarm.escalation.state === 'accepted') return 'accepted';
  if (!isAsked(alarm)) return 'ended';
  if (link.used) return 'used';
  return isOpen(link, wallMs) ? 'open' : 'expired';
}

/** Whoever is told anew may answer anew. */
function mineOf({ staffId, pageId }: PageLink, { escalation }: AlarmView): PagerView['mine'] {
  const accept = escalation.accepts.find((each) => each.staffId === staffId);
  if (accept !== undefined) return accept.arrivedAtMs === null ? 'accepted' : 'arrived';
  const sinceMs = escalation.pages.find((page) => page.pageId === pageId)?.queuedAtMs ?? 0;
  return escalation.declines.some((each) => each.staffId === staffId && each.atMs >= sinceMs) ? 'declined' : 'nothing';
}

/** True while the link accepts for its named person. */
export function isOpen(link: PageLink, wallMs: number): boolean {
  return !link.used && wallMs < link.expiresAtMs;
}

/** Somebody has to go, also where nobody is left to be told: whoever looks at the page then can still accept. */
export function isAsked({ escalation, active, shelvedUntilMs }: AlarmView): boolean {
  const hasRunOut = escalation.state === 'ended' && active && shelvedUntilMs === undefined;
  return escalation.state === 'running' || escalation.state === 'pending' || hasRunOut;
}
