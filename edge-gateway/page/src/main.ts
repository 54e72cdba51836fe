import type { WatchView } from '../../src/watch/watch-view.js';
import { button, byId, el, setText } from './dom.js';
import { alarmList, bedGrid, overList, stateLine, warnings } from './render.js';
import { Sound } from './sound.js';
import { holds, liveness, newAlarms, type Pause, pauseNow, type Picture, soundOf, type SoundMode } from './state.js';
import { age, alarmWords, countdown, PRIORITY_WORDS, WORDS } from './words.js';

const PAINT_MS = 250;
/** The gateway answers a question about the session within this, or does not answer. */
const ASK_MS = 5_000;

const app = byId('app');
const sound = new Sound();
let picture: Picture | null = null;
let openedMs = performance.now();
let pause: Pause | null = null;
let mode: SoundMode = 'away';
let source: EventSource | null = null;
let isFull = false;

interface Parts {
  readonly lost: HTMLElement;
  readonly cloud: HTMLElement;
  readonly warnings: HTMLElement;
  readonly sound: HTMLElement;
  readonly alarms: HTMLElement;
  readonly over: HTMLElement;
  readonly beds: HTMLElement;
  readonly beat: HTMLElement;
}
let parts: Parts | null = null;
/** What was painted last, so that controls are not replaced under a finger. */
let painted = { sound: '', over: '' };

async function session(): Promise<number> {
  try {
    return (await fetch('/session', { signal: AbortSignal.timeout(ASK_MS) })).status;
  } catch {
    return 0;
  }
}

function showSignIn(message = ''): void {
  source?.close();
  source = null;
  parts = null;
  picture = null;
  const input = el('input', {
    id: 'code',
    autocomplete: 'off',
    autocapitalize: 'characters',
    spellcheck: 'false',
    maxlength: '32',
  });
  const problem = el('p', { class: 'problem', role: 'alert' }, message);
  const form = el(
    'form',
    { class: 'sign-in' },
    el('h1', {}, WORDS.signIn),
    el('label', { for: 'code' }, WORDS.code),
    input,
    el('p', { class: 'hint' }, WORDS.codeHint),
    el('button', { type: 'submit' }, WORDS.signInButton),
    problem,
    el('p', { class: 'supplements' }, WORDS.supplements),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void signIn((input as HTMLInputElement).value, problem);
  });
  app.replaceChildren(form);
  input.focus();
}

async function signIn(code: string, problem: HTMLElement): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const init = {
    method: 'POST',
    headers,
    body: JSON.stringify({ code: code.slice(0, 64) }),
    signal: AbortSignal.timeout(ASK_MS),
  };
  const status = await fetch('/session', init).then(
    (response) => response.status,
    () => 0,
  );
  if (status === 204) return showWatch();
  setText(problem, status === 401 ? WORDS.wrongCode : status === 429 ? WORDS.tooMany : WORDS.noAnswer);
}

function showWatch(): void {
  openedMs = performance.now();
  const region = (id: string, title: string, body: HTMLElement): HTMLElement =>
    el('section', { 'aria-labelledby': id }, el('h2', { id }, title), body);
  parts = {
    lost: el('div', { class: 'lost', role: 'alert', hidden: '' }),
    cloud: el('div', { class: 'cloud-place' }),
    warnings: el('div', { class: 'warnings' }),
    sound: el('div', { class: 'sound' }),
    alarms: el('div'),
    over: el('div'),
    beds: el('div'),
    beat: el('span', { class: 'beat', 'aria-hidden': 'true' }),
  };
  painted = { sound: '', over: '' };
  const head = el('header', {}, el('h1', {}, WORDS.title), parts.beat, el('p', { class: 'supplements' }, WORDS.supplements));
  head.append(button(WORDS.signOut, () => void signOut(), { class: 'sign-out' }));
  app.replaceChildren(
    ...[parts.lost, parts.cloud, parts.sound, parts.warnings],
    region('alarms-title', WORDS.alarms, parts.alarms),
    parts.over,
    region('beds-title', WORDS.beds, parts.beds),
    head,
  );
  connect();
  paint();
}

async function signOut(): Promise<void> {
  await fetch('/session', { method: 'DELETE', signal: AbortSignal.timeout(ASK_MS) }).catch(() => undefined);
  showSignIn();
}

function connect(): void {
  source?.close();
  source = new EventSource('/events');
  source.addEventListener('message', (event: MessageEvent<string>) => take(JSON.parse(event.data) as WatchView));
  source.addEventListener('error', () => void failed());
}

/** The browser asks again by itself, except where the gateway has refused. */
async function failed(): Promise<void> {
  if (source?.readyState !== EventSource.CLOSED) return;
  const status = await session();
  if (status === 401) return showSignIn();
  isFull = status === 204;
  setTimeout(() => parts !== null && connect(), 2_000);
}

function take(view: WatchView): void {
  isFull = false;
  for (const alarm of newAlarms(picture?.view ?? null, view)) {
    const { word } = PRIORITY_WORDS[alarm.priority];
    setText(byId(alarm.priority === 'high' ? 'announce-high' : 'announce'), `${word} ${alarm.bedLabel}: ${alarmWords(alarm)}`);
  }
  picture = { view, atMs: performance.now() };
  parts?.beat.classList.toggle('on');
  paint();
}

function paint(): void {
  if (parts === null) return;
  const nowMs = performance.now();
  const state = liveness(picture, openedMs, nowMs);
  document.body.dataset['live'] = state;
  const silentMs = nowMs - (picture?.atMs ?? openedMs);
  parts.lost.hidden = state !== 'lost';
  if (state === 'lost') setText(parts.lost, `${WORDS.lost}. ${isFull ? WORDS.full : WORDS.lostMore(age(silentMs))}`);
  document.title = state === 'lost' ? `NOT LIVE – ${WORDS.title}` : titleOf();
  if (picture === null) {
    parts.cloud.replaceChildren(el('div', { class: 'cloud', 'data-state': 'waiting' }, WORDS.waiting));
    paintSound(state, nowMs);
    return;
  }
  parts.cloud.replaceChildren(stateLine(picture, nowMs, Date.now()));
  parts.warnings.replaceChildren(...warnings(picture.view));
  parts.alarms.replaceChildren(alarmList(picture, nowMs));
  parts.beds.replaceChildren(bedGrid(picture, nowMs));
  paintOver(picture, nowMs);
  paintSound(state, nowMs);
}

function titleOf(): string {
  const worst = picture?.view.alarms[0];
  if (worst !== undefined) return `${PRIORITY_WORDS[worst.priority].mark} ${worst.bedLabel} – ${WORDS.title}`;
  return (picture?.view.cloudAwayMs ?? null) === null ? WORDS.title : `AWAY – ${WORDS.title}`;
}

function paintOver(now: Picture, nowMs: number): void {
  const key = now.view.over.map(({ alarmId }) => alarmId).join();
  if (parts === null || key === painted.over) return;
  painted.over = key;
  const isOpen = parts.over.querySelector('details')?.open === true;
  const list = overList(now, nowMs);
  if (list !== null && isOpen) list.setAttribute('open', '');
  parts.over.replaceChildren(...(list === null ? [] : [list]));
}

function paintSound(state: 'waiting' | 'live' | 'lost', nowMs: number): void {
  if (pause !== null && (picture === null || !holds(pause, picture.view, nowMs))) pause = null;
  const wanted = state === 'lost' ? 'lost' : picture === null ? null : soundOf(picture.view, mode);
  sound.want(pause === null ? wanted : null, nowMs);
  if (parts === null) return;
  const key = `${sound.state} ${mode} ${pause === null}`;
  if (key !== painted.sound) {
    painted.sound = key;
    parts.sound.replaceChildren(...soundControls());
    parts.sound.dataset['state'] = pause === null ? sound.state : 'paused';
  }
  const left = parts.sound.querySelector('.left');
  if (left !== null && pause !== null) setText(left, WORDS.paused(countdown(pause.untilMs - nowMs)));
}

function soundControls(): HTMLElement[] {
  if (sound.state !== 'on') {
    const words = sound.state === 'off' ? WORDS.soundOff : WORDS.soundBlocked;
    return [el('strong', {}, words), button(WORDS.soundOn, () => void sound.turnOn().then(paint), { class: 'primary' })];
  }
  const choose = el('select', { id: 'mode' });
  for (const [value, text] of [
    ['away', WORDS.modeAway],
    ['always', WORDS.modeAlways],
  ] as const) {
    choose.append(el('option', { value, ...(value === mode ? { selected: '' } : {}) }, text));
  }
  choose.addEventListener('change', () => {
    mode = (choose as HTMLSelectElement).value as SoundMode;
    paint();
  });
  const controls = [el('label', { for: 'mode' }, `${WORDS.soundIs}:`), choose, button(WORDS.test, () => sound.test())];
  if (pause !== null) return [...controls, el('strong', { class: 'left' }), button(WORDS.resume, () => setPause(null))];
  return [...controls, button(WORDS.pause, () => setPause(picture === null ? null : pauseNow(picture.view, performance.now())))];
}

function setPause(next: Pause | null): void {
  pause = next;
  paint();
}

setInterval(paint, PAINT_MS);
void session().then((status) => (status === 401 ? showSignIn() : showWatch()));
