import type { PagerView } from '@vigil/contracts';
import { listed, say, sayCounted } from './words/words.js';

/** What the page knows besides the server's view. Times on one monotonic clock. */
export interface PagerFacts {
  readonly view: PagerView | null;
  /** Server wall time minus monotonic time, from the latest view. */
  readonly offsetMs: number;
  readonly nowMs: number;
  /** When a view last came. */
  readonly seenMs: number | null;
  readonly sending: boolean;
  readonly trouble: 'none' | 'notSent' | 'noAnswer' | 'wrongPassword' | 'unfinished' | 'refused';
  /** The server has taken an accept from this page, in whose name ever, and it counts still. */
  readonly acceptedHere: boolean;
  /** The server does not know this link. */
  readonly unknown: boolean;
  /** The last answer of the server can't be read; null or left out where it can. */
  readonly unreadable?: { readonly callNumber: string | null } | null;
  /** Some of what is in the lists of the view can't be read. */
  readonly partly?: boolean;
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
  /** Shown as a link that dials; null where the site has set none. */
  readonly callNumber: string | null;
  /** Its page in the app, which asks for a sign-in before it shows a patient; null where that is not known. */
  readonly alarmId: string | null;
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

const troubleText = (trouble: PagerFacts['trouble'], whom: string): string => (trouble === 'none' ? '' : say(trouble, { whom }));

const ALARM_WORDS = {
  physiological: { high: 'alarmHigh', medium: 'alarmMedium', low: 'alarmLow' },
  technical: { high: 'technicalHigh', medium: 'technicalMedium', low: 'technicalLow' },
} as const;

/** Whom to call, as a person says it: the number where the site has set one. */
const whomToCall = (view: PagerView | null): string => view?.callNumber ?? say('theUnit');

/** That what is shown may have changed, or is not all, and whom to ask. */
function stalenessText({ unreadable, partly }: PagerFacts, silent: boolean, whom: string): string {
  if (unreadable) return say('unreadableNow', { whom });
  if (silent) return say('noConnection', { whom });
  return partly ? say('partly', { whom }) : '';
}

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
    unit: say(ALARM_WORDS[view.kind][view.priority], { unit: view.careUnitLabel }),
    age: say('ago', { time: duration(nowWallMs - view.raisedWallMs) }),
    countdown: '',
    trouble: troubleText(facts.trouble, whomToCall(view)) || stalenessText(facts, silent, whomToCall(view)),
    callNumber: view.callNumber,
    alarmId: view.alarmId ?? null,
    sending: facts.sending,
    ...NOTHING_ASKED,
    others: view.others.map((each) => otherAlarm(each, nowWallMs)),
  };
  if (view.mine === 'accepted' || view.mine === 'arrived') return { ...base, ...goingText(view, nowWallMs) };
  if (accepted) return { ...base, ...acceptedText(view, nowWallMs, facts.acceptedHere), over: true };
  if (view.state === 'ended') {
    const state = say(view.active ? 'shelved' : 'ended');
    return { ...base, over: true, state, detail: say('nothingAsked') };
  }
  const countdown = countdownText(view, nowWallMs);
  const names = listed(view.accepts.map((each) => each.name));
  const needed = view.accepts.length === 0 ? '' : `${sayCounted('areGoing', view.accepts.length, { names })} ${neededText(view)}`;
  if (view.state === 'open') {
    const open = { ...base, over: false, detail: needed, countdown, action: 'accept' } as const;
    if (view.mine !== 'declined') return { ...open, state: say('canYouGo', { name: view.staffName }), mayDecline: true };
    return { ...open, state: say('saidNo'), detail: needed || say('saidNoWhat') };
  }
  const why = say(view.state === 'expired' ? 'expired' : 'used');
  const detail = needed || say('signInToAccept');
  return { ...base, over: false, state: why, detail, countdown, action: 'signIn' };
}

const NOTHING_ASKED = { action: 'none', mayDecline: false, mayArrive: false, mayAskHelp: false } as const;

/** Of whoever has said to be going. */
function goingText(view: PagerView, nowWallMs: number) {
  const isThere = view.mine === 'arrived';
  const state = say(isThere ? 'there' : 'going');
  const ago = view.acceptedAtMs === null ? '' : say('unitTold', { time: duration(nowWallMs - view.acceptedAtMs) });
  const over = view.active ? '' : ` ${say('isOver')}`;
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
  return missing > 0 ? sayCounted('needed', missing) : '';
}

function arriveText({ arriveByMs }: PagerView, nowWallMs: number): string {
  if (arriveByMs === null) return '';
  const leftMs = arriveByMs - nowWallMs;
  return leftMs > 0 ? say('sayThere', { time: duration(leftMs + 999) }) : say('notThere');
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
    title: say('pageTitle'),
    unit: '',
    age: '',
    countdown: '',
    ...NOTHING_ASKED,
    others: [],
    callNumber: null,
    alarmId: null,
    sending: false,
  } as const;
  if (facts.unknown) {
    return { ...base, state: say('invalidLink'), detail: say('invalidLinkWhat'), trouble: '' };
  }
  const { unreadable } = facts;
  if (unreadable) {
    const whom = unreadable.callNumber ?? say('theUnit');
    return {
      ...{ ...base, over: false, state: say('unreadable'), detail: '', trouble: say('unreadableWhat', { whom }) },
      callNumber: unreadable.callNumber,
    };
  }
  const silent = facts.nowMs > SILENT_MS;
  return {
    ...base,
    state: say('loading'),
    detail: '',
    trouble: silent ? say('noConnectionYet', { whom: whomToCall(null) }) : '',
  };
}

function acceptedText(view: PagerView, nowWallMs: number, acceptedHere: boolean): { state: string; detail: string } {
  const time = duration(nowWallMs - (view.acceptedAtMs ?? nowWallMs));
  if (acceptedHere || view.acceptedByName === view.staffName)
    return { state: say('going'), detail: `${say('unitTold', { time })}${view.active ? '' : ` ${say('isOver')}`}` };
  return { state: say('standDown', { name: view.acceptedByName ?? say('somebody'), time }), detail: say('nothingAsked') };
}

function otherAlarm(
  { pageId, priority, kind, bedLabel, together, queuedWallMs }: PagerView['others'][number],
  nowWallMs: number,
): OtherAlarm {
  const alarm = { alarm: `${MARK[priority]} ${bedLabel}`, time: duration(nowWallMs - queuedWallMs) };
  const what = say(kind === 'technical' ? 'otherTechnical' : 'otherAlarm', alarm);
  return { pageId, priority, text: together ? say('samePatient', { what: { made: what } }) : what, mayAccept: !together };
}

function countdownText(view: PagerView, nowWallMs: number): string {
  if (view.nextAtMs === null) return say('nobodyElse');
  const leftMs = view.nextAtMs - nowWallMs;
  if (view.nextName === null) {
    return leftMs > 0 ? say('nobodyOnDutyUntil', { time: duration(leftMs + 999) }) : say('nobodyOnDuty');
  }
  /* An older server says several in one text, which is not taken apart: there are commas in names too. */
  const told = view.nextNames ?? [view.nextName];
  const names = told.map((each) => (each === view.staffName ? { made: say('again', { name: each }) } : each));
  const name = listed(names);
  if (leftMs <= 0) return sayCounted('beingTold', names.length, { name });
  return sayCounted('youHave', names.length, { time: duration(leftMs + 999), name });
}

function duration(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number): string => String(n).padStart(2, '0');
  const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}
