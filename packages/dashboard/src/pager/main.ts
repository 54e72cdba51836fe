import '../styles/pager.css';
import type { DeclineReason } from '@vigil/contracts';
import { uuid } from '../live/uuid.js';
import { hasLapsed, type PagerFacts, pagerScreen } from './pager-state.js';
import { plainText } from '../words/plain-text.js';
import { PagerPage } from './page.js';
import { readView } from './read-view.js';
import { say, speakAs, spoken } from './words/words.js';

const POLL_MS = 2_000;
const ANSWER_MS = 5_000;
const OPENED_TRIES_MAX = 3;

const token = location.pathname.split('/')[2] ?? '';
const path = `/api/v1/pages/${encodeURIComponent(token)}`;

let facts: PagerFacts = {
  view: null,
  offsetMs: 0,
  nowMs: 0,
  seenMs: null,
  sending: false,
  trouble: 'none',
  acceptedHere: false,
  unknown: false,
  unreadable: null,
};
const ask = (): Promise<Response> => fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(ANSWER_MS) });
// On its way while the words come. Whoever looks first takes it; a failure is told there.
let early: Promise<Response> | null = ask();
early.catch(() => undefined);

const WORDS_MS = 1_500;
const words = speakAs(navigator.languages).catch(() => undefined);
// A phone that can't fetch its language in this time gets English: Accept waits for nobody.
await Promise.race([words, new Promise((resolve) => setTimeout(resolve, WORDS_MS))]);
document.documentElement.lang = spoken().tag;
document.documentElement.dir = spoken().dir;
document.title = say('pageTitle');

const page = new PagerPage(document.getElementById('pager') ?? document.body, {
  accept: (pageId) => void accept(pageId),
  decline: (reason: DeclineReason) => void once(() => post(`${path}/decline`, { reason }), false),
  arrive: () => void once(() => post(`${path}/arrived`, {})),
  askHelp: () => void once(() => post(`${path}/help`, { reason: 'other' }), false),
  signIn: (username, password) => void signInAndAccept(username, password),
});

function show(change: Partial<PagerFacts>): void {
  facts = { ...facts, ...change, nowMs: performance.now() };
  page.show(pagerScreen(facts));
}

function post(to: string, body: unknown): Promise<Response> {
  return fetch(to, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': uuid() },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
}

/** Which question was asked last, and to which of them the last answer belongs. */
let askedCount = 0;
let shownCount = 0;

/**
 * Asks how things stand; silence is left to the age of the last answer. An answer that an older question gets behind a newer one's
 * is of before: an accept that is there would seem not to count.
 */
async function look(): Promise<void> {
  askedCount += 1;
  const mine = askedCount;
  try {
    const asked = early ?? ask();
    early = null;
    const response = await asked;
    if (response.status === 404 || response.status === 400) return show({ unknown: facts.view === null });
    if (!response.ok) return;
    /* Names of people and places come from outside: nothing in them turns the line round. */
    const read = readView(await response.text(), plainText);
    if (mine < shownCount) return;
    shownCount = mine;
    const nowMs = performance.now();
    /* The next question may have an answer that can be read. */
    if (read.view === null) return show({ unreadable: read, seenMs: nowMs });
    const { view, isPartly } = read;
    const settled = view.acceptedAtMs !== null || view.state === 'ended';
    show({
      ...{ view, offsetMs: view.serverWallMs - nowMs, seenMs: nowMs, unknown: false, unreadable: null, partly: isPartly },
      acceptedHere: facts.acceptedHere && !hasLapsed(facts.view, view),
      ...(settled ? { trouble: 'none' } : {}),
    });
    void tellOpened();
  } catch {
    show({});
  }
}

/** Tells that the page is on a screen: by a POST, which nothing that only fetches the address makes. Tried a few times, and shown nowhere. */
let openedTries = 0;
async function tellOpened(): Promise<void> {
  if (openedTries >= OPENED_TRIES_MAX || document.visibilityState !== 'visible') return;
  openedTries += 1;
  const { ok } = await post(`${path}/opened`, {}).catch(() => ({ ok: false }));
  if (ok) openedTries = OPENED_TRIES_MAX;
}

/** One tap, one request. A request that fails is never sent again by itself: the person is told and decides. */
async function accept(pageId: string | null): Promise<void> {
  await once(() => post(`${path}/accept`, pageId === null ? {} : { pageId }), pageId === null ? true : null);
}

/** For an old link: the password says who it is, then the same request is made once, in that session's name. */
async function signInAndAccept(username: string, password: string): Promise<void> {
  await once(async () => {
    const session = await post('/api/v1/session', { username, password });
    return session.ok ? post(`${path}/accept`, {}) : session;
  }, true);
}

/** @param going whether whoever is asked by this page is going once it is done; null: that stays as it was */
async function once(request: () => Promise<Response>, going: boolean | null = null): Promise<void> {
  if (facts.sending) return;
  if (!navigator.onLine) return fail('notSent');
  show({ sending: true, trouble: 'none' });
  try {
    const response = await request();
    if (response.ok) show({ acceptedHere: going ?? facts.acceptedHere });
    else fail(response.status === 401 && page.isSigningIn() ? await whyNotSignedIn(response) : 'refused');
  } catch (error) {
    fail(error instanceof DOMException && error.name === 'TimeoutError' ? 'noAnswer' : 'notSent');
  }
  await look();
  show({ sending: false });
}

/** The server gives a ticket for the next step where the password was right and something is missing, a code of an app for one. */
async function whyNotSignedIn(response: Response): Promise<'wrongPassword' | 'unfinished'> {
  const problem = (await response.json().catch(() => null)) as { readonly ticket?: unknown } | null;
  return typeof problem?.ticket === 'string' ? 'unfinished' : 'wrongPassword';
}

function fail(trouble: PagerFacts['trouble']): void {
  show({ trouble });
  if ('vibrate' in navigator) navigator.vibrate([200, 100, 200]);
}

async function poll(): Promise<void> {
  await look();
  setTimeout(() => void poll(), POLL_MS);
}

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void look();
});
setInterval(() => show({}), 250);
show({});
void poll();
