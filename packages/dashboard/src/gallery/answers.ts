/** How the server of the gallery answers, whatever is asked. */
export type Mode = 'empty' | 'loading' | 'forbidden' | 'failed' | 'tooMany' | 'unreachable' | 'unreadable';

const CODES: Readonly<Partial<Record<Mode, readonly [status: number, code: string]>>> = {
  forbidden: [403, 'forbidden'],
  failed: [503, 'store-unavailable'],
  tooMany: [429, 'too-many-attempts'],
};

const json = (status: number, body: unknown): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });

/** Answers of single paths; all others are answered as the mode says. */
export type Answers = Readonly<Record<string, unknown>>;

function answer(mode: Mode, path: string, answers: Answers): Promise<Response> {
  if (path in answers) return Promise.resolve(json(200, answers[path]));
  if (mode === 'loading') return new Promise(() => undefined);
  if (mode === 'unreachable') return Promise.reject(new TypeError('no network in the gallery'));
  if (mode === 'unreadable') return Promise.resolve(json(200, { nothing: 'known' }));
  const [status, code] = CODES[mode] ?? [200, ''];
  return Promise.resolve(
    status === 200 ? json(200, { items: [], next: null }) : json(status, { type: 'about:blank', title: code, status, code }),
  );
}

/** The page has no server: every request of its screens is answered here. */
export function answerAll(mode: Mode, answers: Answers = {}): void {
  globalThis.fetch = (input) => answer(mode, new URL(String(input), location.href).pathname, answers);
}
