import type { PagerView } from '@vigil/contracts';

/** What the page knows besides the server's view. Times on one monotonic clock. */
export interface PagerFacts {
  readonly view: PagerView | null;
  /** Server wall time minus monotonic time, from the latest view. */
  readonly offsetMs: number;
  readonly nowMs: number;
  /** When a view last came. */
  readonly seenMs: number | null;
  readonly sending: boolean;
  readonly trouble: 'none' | 'notSent' | 'noAnswer' | 'wrongPassword' | 'refused';
  /** The server has taken an accept from this page, in whose name ever, and it counts still. */
  readonly acceptedHere: boolean;
  /** The server does not know this link. */
  readonly unknown: boolean;
}

export interface PagerScreen {
  readonly test: boolean;
  readonly priority: PagerView['priority'] | null;
  /** Nothing is asked of this person any more. */
  readonly over: boolean;
  readonly title: string;
  readonly unit: string;
  readonly age: string;
  readonly state: string;
  readonly detail: string;
  readonly countdown: string;
  readonly trouble: string;
  readonly action: 'none' | 'accept' | 'signIn';
  /** "Can't go", with a reason. */
  readonly mayDecline: boolean;
  /** "I am there". */
  readonly mayArrive: boolean;
  /** Whoever is going needs help, or can not go after all. */
  readonly mayAskHelp: boolean;
  /** Other alarms that this person was told of, the most urgent first. */
  readonly others: readonly OtherAlarm[];
  readonly sending: boolean;
}

export interface OtherAlarm {
  readonly pageId: string;
  readonly priority: PagerView['priority'];
  readonly text: string;
  /** False for what is accepted together with this page. */
  readonly mayAccept: boolean;
}

/** Without an answer for so long the page says so: what it shows may have changed. */
export const SILENT_MS = 6_000;

const MARK: Record<PagerView['priority'], string> = { high: '***', medium: '**', low: '*' };

const TROUBLE: Record<PagerFacts['trouble'], string> = {
  none: '',
  notSent: 'NOT SENT – call the unit',
  noAnswer: 'NO ANSWER – treat as NOT SENT, call the unit',
  wrongPassword: 'NOT SENT – wrong username or password',
  refused: 'NOT SENT – refused, call the unit',
};

/**
 * What the phone shows. Only the server's view says "accepted"; a tap never does. No patient data: the view has none.
 */
export function pagerScreen(facts: PagerFacts): PagerScreen {
  const { view } = facts;
  if (!view) return withoutView(facts);
  const nowWallMs = facts.nowMs + facts.offsetMs;
  const silent = facts.seenMs !== null && facts.nowMs - facts.seenMs > SILENT_MS;
  const accepted = view.acceptedAtMs !== null;
  const base = {
    test: view.test,
    priority: view.priority,
    title: `${MARK[view.priority]} ${view.bedLabel}`,
    unit: `${view.careUnitLabel} · ${view.priority} priority ${view.kind === 'technical' ? 'technical alarm' : 'alarm'}`,
    age: `${duration(nowWallMs - view.raisedWallMs)} ago`,
    countdown: '',
    trouble: TROUBLE[facts.trouble] || (silent ? 'NO CONNECTION – this may have changed, call the unit' : ''),
    sending: facts.sending,
    ...NOTHING_ASKED,
    others: view.others.map((each) => otherAlarm(each, nowWallMs)),
  };
  if (view.mine === 'accepted' || view.mine === 'arrived') return { ...base, ...goingText(view, nowWallMs) };
  if (accepted) return { ...base, ...acceptedText(view, nowWallMs, facts.acceptedHere), over: true };
  if (view.state === 'ended') {
    const state = view.active ? 'The alarm is shelved for now' : 'The alarm has ended';
    return { ...base, over: true, state, detail: 'Nothing is asked of you.' };
  }
  const countdown = countdownText(view, nowWallMs);
  const going = view.accepts.map((each) => each.name).join(', ');
  const needed = going === '' ? '' : `${going} ${view.accepts.length === 1 ? 'is' : 'are'} going. ${neededText(view)}`;
  if (view.state === 'open') {
    const open = { ...base, over: false, detail: needed, countdown, action: 'accept' } as const;
    if (view.mine !== 'declined') return { ...open, state: `${view.staffName}, can you go?`, mayDecline: true };
    return { ...open, state: 'You said that you can’t go', detail: needed || 'If you can after all, accept.' };
  }
  const why = view.state === 'expired' ? 'This link has expired' : 'This link has been used';
  const detail = needed || 'Nobody has accepted yet. Sign in to accept.';
  return { ...base, over: false, state: why, detail, countdown, action: 'signIn' };
}

const NOTHING_ASKED = { action: 'none', mayDecline: false, mayArrive: false, mayAskHelp: false } as const;

/** Of whoever has said to be going. */
function goingText(view: PagerView, nowWallMs: number) {
  const isThere = view.mine === 'arrived';
  const state = isThere ? 'You are there' : 'Accepted – you are going';
  const ago = view.acceptedAtMs === null ? '' : `The unit was told ${duration(nowWallMs - view.acceptedAtMs)} ago.`;
  const over = view.active ? '' : ' The alarm is over by now.';
  const isAsked = view.active && view.state !== 'ended';
  return {
    over: true,
    state,
    detail: `${ago || neededText(view)}${over}`.trim(),
    countdown: !isThere && isAsked ? arriveText(view, nowWallMs) : '',
    mayArrive: !isThere && isAsked,
    mayAskHelp: isAsked,
  };
}

function neededText({ accepts, acceptsNeeded }: PagerView): string {
  const missing = acceptsNeeded - accepts.length;
  return missing > 0 ? `${missing} more ${missing === 1 ? 'person is' : 'people are'} needed.` : '';
}

function arriveText({ arriveByMs }: PagerView, nowWallMs: number): string {
  if (arriveByMs === null) return '';
  const leftMs = arriveByMs - nowWallMs;
  return leftMs > 0
    ? `Say that you are there within ${duration(leftMs + 999)}`
    : 'Others are being told: nobody has said to be there';
}

/** Somebody was going, and nobody is any more: they did not say to be there, or it became more urgent. */
export function hasLapsed(before: PagerView | null, now: PagerView): boolean {
  return before !== null && before.accepts.length > 0 && now.accepts.length === 0;
}

function withoutView(facts: PagerFacts): PagerScreen {
  const base = {
    test: false,
    priority: null,
    over: true,
    title: 'Vigil page',
    unit: '',
    age: '',
    countdown: '',
    ...NOTHING_ASKED,
    others: [],
    sending: false,
  } as const;
  if (facts.unknown) {
    return { ...base, state: 'This link is not valid', detail: 'It may be too old. Call the unit.', trouble: '' };
  }
  const silent = facts.nowMs > SILENT_MS;
  return { ...base, state: 'Loading…', detail: '', trouble: silent ? 'NO CONNECTION – call the unit' : '' };
}

function acceptedText(view: PagerView, nowWallMs: number, acceptedHere: boolean): { state: string; detail: string } {
  const ago = duration(nowWallMs - (view.acceptedAtMs ?? nowWallMs));
  if (acceptedHere || view.acceptedByName === view.staffName)
    return {
      state: 'Accepted – you are going',
      detail: view.active ? `The unit was told ${ago} ago.` : `The unit was told ${ago} ago. The alarm is over by now.`,
    };
  return { state: `${view.acceptedByName ?? 'Somebody'} accepted ${ago} ago – stand down`, detail: 'Nothing is asked of you.' };
}

function otherAlarm(
  { pageId, priority, kind, bedLabel, together, queuedWallMs }: PagerView['others'][number],
  nowWallMs: number,
): OtherAlarm {
  const what = kind === 'technical' ? ' technical alarm' : '';
  const text = `${MARK[priority]} ${bedLabel}${what} · ${duration(nowWallMs - queuedWallMs)} ago`;
  return { pageId, priority, text: together ? `${text} · same patient, with this page` : text, mayAccept: !together };
}

function countdownText(view: PagerView, nowWallMs: number): string {
  if (view.nextAtMs === null) return 'Nobody else will be told.';
  const leftMs = view.nextAtMs - nowWallMs;
  if (view.nextName === null) {
    return leftMs > 0 ? `Nobody else is on duty; asked again in ${duration(leftMs + 999)}` : 'Nobody else is on duty';
  }
  const next = view.nextName.split(', ').includes(view.staffName) ? `${view.nextName} (again)` : view.nextName;
  return leftMs > 0 ? `You have ${duration(leftMs + 999)} before ${next} is told` : `${next} is being told now`;
}

function duration(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number): string => String(n).padStart(2, '0');
  const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}
