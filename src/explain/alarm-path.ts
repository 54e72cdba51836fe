import type { AlarmPath, EpochMs, PathHop, PathPlace } from '@vigil/contracts';
import type { AlarmRecord } from '../ports/alarm-records.js';

/**
 * How long each part of the way may take before it counts as late. Together they stay below what reliability asks of an alarm
 * (2 s from reading to alarm, p99) in the middle, and are wide where a clock of a device or a mail server has a say.
 */
export const ALLOWED_MS: Readonly<Record<PathPlace, number | null>> = {
  device: null,
  // The gateway corrects a device's clock beyond this.
  gateway: 30_000,
  hub: 2_000,
  engineRead: 2_000,
  engineDecided: 1_000,
  stored: 1_000,
  pageQueued: 5_000,
  pageSent: 30_000,
};

const WORDS: Readonly<Record<PathPlace, string>> = {
  device: 'the device',
  gateway: 'the gateway',
  hub: 'the hub',
  engineRead: 'the engine',
  engineDecided: 'the decision',
  stored: 'the store',
  pageQueued: 'the queue of pages',
  pageSent: 'the page',
};

/**
 * The way of what raised an alarm, from its first transition. Pure.
 *
 * @param isWall times of devices and gateways are wall time; false where the time of the site runs faster, and they can't be held
 * against the hub's
 * @param wallMs now: a page that is not due yet is not missing
 */
export function alarmPath(
  record: AlarmRecord,
  { isWall, wallMs }: { readonly isWall: boolean; readonly wallMs: number },
): AlarmPath {
  const { transition, hop } = record.steps[0]!;
  const trigger = transition.trigger ?? null;
  const page = pageTimes(record, wallMs);
  const times: readonly (readonly [PathPlace, number | null, PathHop['state'] | null])[] = [
    ['device', trigger?.deviceAtMs ?? null, trigger === null ? 'notMeant' : null],
    ['gateway', trigger?.gatewayAtMs ?? null, trigger === null ? 'notMeant' : null],
    ['hub', hop?.hubWallMs ?? null, null],
    ['engineRead', hop?.readWallMs ?? null, null],
    ['engineDecided', hop?.steppedWallMs ?? null, null],
    ['stored', hop?.storedWallMs ?? null, null],
    ['pageQueued', page.queuedMs, page.queuedState],
    ['pageSent', page.sentMs, page.sentState],
  ];
  const hops: PathHop[] = [];
  for (const [place, atMs, told] of times) hops.push(hopAt({ place, atMs, told, before: hops.at(-1) ?? null, isWall }));
  const broken = hops.find(({ state }) => state === 'late' || state === 'broken') ?? null;
  return {
    alarmId: transition.alarmId,
    trigger,
    log: hop === null ? null : { partition: hop.partition, sequence: hop.sequence },
    hops,
    firstBroken: broken?.place ?? null,
    text: pathText(hops, broken),
  };
}

interface At {
  readonly place: PathPlace;
  readonly atMs: number | null;
  readonly told: PathHop['state'] | null;
  readonly before: PathHop | null;
  readonly isWall: boolean;
}

function hopAt({ place, atMs, told, before, isWall }: At): PathHop {
  const allowedMs = ALLOWED_MS[place];
  const since = before?.atMs ?? null;
  // The gateway's time and the hub's are the same clock only where the site lives in wall time.
  const comparable = since !== null && atMs !== null && (place !== 'hub' || isWall);
  const afterMs = comparable ? atMs - since : null;
  const isLate = afterMs !== null && allowedMs !== null && afterMs > allowedMs;
  const state = told ?? (atMs === null ? 'unknown' : isLate ? 'late' : 'passed');
  return { place, atMs: atMs as EpochMs | null, afterMs, allowedMs, state };
}

interface PageTimes {
  readonly queuedMs: number | null;
  readonly queuedState: PathHop['state'] | null;
  readonly sentMs: number | null;
  readonly sentState: PathHop['state'] | null;
}

/** The first page of all and the first that was sent. */
function pageTimes(record: AlarmRecord, wallMs: number): PageTimes {
  const { pages, escalation } = record;
  if (escalation === null || escalation.state === 'idle') {
    return { queuedMs: null, queuedState: 'notMeant', sentMs: null, sentState: 'notMeant' };
  }
  const first = pages[0];
  if (first === undefined) {
    const state = withoutPage(record, wallMs);
    return { queuedMs: null, queuedState: state, sentMs: null, sentState: state };
  }
  const sent = pages.flatMap((page) => page.sentWallMs ?? []);
  const sentMs = sent.length === 0 ? null : Math.min(...sent);
  const isCalledOff = pages.every((page) => page.state === 'cancelled');
  const notSent = isCalledOff ? 'notMeant' : pages.some((page) => page.state === 'queued') ? 'unknown' : 'broken';
  return { queuedMs: first.queuedWallMs, queuedState: null, sentMs, sentState: sentMs === null ? notSent : null };
}

/** Nobody was told: because it was over before a page was due, because none is due yet, or because it went wrong. */
function withoutPage({ escalation, steps }: AlarmRecord, wallMs: number): PathHop['state'] {
  const over = steps.find(({ transition }) => !transition.active);
  const isOver = over !== undefined || (escalation?.acceptedBy ?? null) !== null;
  const startedMs = escalation?.startedWallMs ?? null;
  const untilMs = !isOver ? wallMs : (escalation?.acceptedWallMs ?? over?.hop?.storedWallMs ?? null);
  // Pages of what a gateway raised by itself wait until it is known whether it still holds.
  const mayWait = steps[0]!.transition.adopted !== undefined;
  const isDue = startedMs !== null && untilMs !== null && untilMs - startedMs > ALLOWED_MS.pageQueued!;
  if (isDue && !mayWait) return 'broken';
  return isOver ? 'notMeant' : 'unknown';
}

function pathText(hops: readonly PathHop[], broken: PathHop | null): string {
  if (broken !== null) {
    const where = WORDS[broken.place];
    if (broken.state === 'broken') return `It never came to ${where}.`;
    const orClock = broken.place === 'gateway' ? ' Or the clock of the device is slow by so much.' : '';
    return `It came late to ${where}: ${broken.afterMs} ms, where ${broken.allowedMs} ms are allowed.${orClock}`;
  }
  const unknown = hops.filter(({ state }) => state === 'unknown').map(({ place }) => WORDS[place]);
  if (unknown.length === 0) return 'It was late nowhere.';
  return `It was late nowhere that is known; not known: ${unknown.join(', ')}.`;
}
