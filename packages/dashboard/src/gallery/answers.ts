import { NOW_MS } from './fixture-station.js';
import recording from './recorded.json';

/** How the server of the gallery answers, whatever is asked. `recorded`: as a real one once did (`scripts/record-answers.mjs`). */
export type Mode = 'recorded' | 'empty' | 'loading' | 'forbidden' | 'failed' | 'tooMany' | 'unreachable' | 'unreadable';

const CODES: Readonly<Partial<Record<Mode, readonly [status: number, code: string]>>> = {
  forbidden: [403, 'forbidden'],
  failed: [503, 'store-unavailable'],
  tooMany: [429, 'too-many-attempts'],
};

/** What one answer is like: as it stands, made of the recorded one, or a trouble. */
type Answered = object | ((recorded: unknown) => unknown);

/**
 * Answers of single routes; all others are answered as the mode says. By method and path, e.g. `GET /api/v1/beds/:/history heartRate`;
 * `:` stands for any id, and the metric is named where the question is of one.
 */
export type Answers = Readonly<Record<string, Answered>>;

/** An answer that is none. */
export const refused = (status: number, code: string): object => ({ type: 'about:blank', title: code, status, code });

const json = (body: unknown): Response => {
  const status = body instanceof Object && 'title' in body && 'status' in body ? Number(body.status) : 200;
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
};

const RECORDED = recording as unknown as {
  readonly atMs: number;
  readonly alarmId: string;
  readonly answers: Readonly<Record<string, unknown>>;
};
/** Of the alarm that was looked at. */
export const ALARM_ID = RECORDED.alarmId;

const YEAR_MS = 366 * 86_400_000;

/** Times of the recording are of now, so that ages are as they were. */
function moved(value: unknown): unknown {
  if (typeof value === 'number')
    return Math.abs(value - RECORDED.atMs) < YEAR_MS ? value + Math.floor(NOW_MS - RECORDED.atMs) : value;
  if (Array.isArray(value)) return value.map(moved);
  if (value instanceof Object) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, moved(each)]));
  return value;
}

/** The same for whatever id is in it: those of the fixtures have digits or are long. */
const shape = (key: string): string => key.replace(/\/(?!v1\/)([^/ ]*\d[^/ ]*|[a-z2-7]{26})(?=\/| |$)/g, '/:');
const SHAPES = new Map(Object.entries(RECORDED.answers).map(([key, body]) => [shape(key), body]));
/** What was recorded for that question, with times of now; undefined where it never was. */
export const recorded = (key: string): unknown => moved(RECORDED.answers[key] ?? SHAPES.get(shape(key)));

/** Questions that wait for their answer. */
let open = 0;
export const isAsking = (): boolean => open > 0;

function answer(mode: Mode, key: string, answers: Answers): Promise<Response> {
  const own = answers[key] ?? answers[shape(key)];
  if (typeof own === 'function') return Promise.resolve(json(own(recorded(key))));
  if (own !== undefined) return Promise.resolve(json(own));
  if (mode === 'loading') return new Promise(() => undefined);
  if (mode === 'unreachable') return Promise.reject(new TypeError('no network in the gallery'));
  if (mode === 'unreadable') return Promise.resolve(json({ nothing: 'known' }));
  const [status, code] = CODES[mode] ?? [200, ''];
  if (status !== 200) return Promise.resolve(json(refused(status, code)));
  if (mode === 'empty') return Promise.resolve(json({ items: [], next: null }));
  return Promise.resolve(json(recorded(key) ?? refused(404, 'not-found')));
}

/** The page has no server: every request of its screens is answered here. */
export function answerAll(mode: Mode, answers: Answers = {}): void {
  globalThis.fetch = async (input, init) => {
    const { pathname, searchParams } = new URL(String(input), location.href);
    const metric = searchParams.get('metric');
    const key = `${init?.method ?? 'GET'} ${pathname}${metric === null ? '' : ` ${metric}`}`;
    if (mode !== 'loading') open += 1;
    try {
      return await answer(mode, key, answers);
    } finally {
      if (mode !== 'loading') open -= 1;
    }
  };
}
