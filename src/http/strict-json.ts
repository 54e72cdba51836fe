import { InvalidRequest } from './invalid-request.js';

/** Deeper than anything that the contracts take; a walk over this depth fits on any stack. */
export const JSON_DEPTH_MAX = 32;

/** Keys that reach an object's prototype when somebody copies them carelessly. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor']);

const [QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, COLON, MINUS, ZERO, NINE] = [
  0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d, 0x3a, 0x2d, 0x30, 0x39,
] as const;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * The value of a JSON text, read the only way it can be read: I-JSON (RFC 7493) without the rest.
 *
 * Refused beyond bad JSON: nesting deeper than `JSON_DEPTH_MAX`, a key twice in one object (two readers may see two
 * different requests), the keys `__proto__` and `constructor`, and numbers that this program would round or call
 * infinite. One pass over the text before anything is built, so the cost is linear in its length.
 *
 * @throws InvalidRequest that says which of these it was, and nothing of the text
 */
export function parseStrictJson(text: string): unknown {
  scan(text);
  try {
    return JSON.parse(text);
  } catch {
    throw refused('is not JSON');
  }
}

/** Looks at brackets, keys and numbers only; whether the grammar is right is left to `JSON.parse`. */
function scan(text: string): void {
  /** Keys of each open object; null for an array. */
  const open: (Set<string> | null)[] = [];
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (text.charCodeAt(skipSpace(text, end)) === COLON) checkKey(text.slice(at, end), open.at(-1) ?? null);
      at = end;
    } else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      at = endOfNumber(text, at);
    } else {
      if (code === OPEN_BRACE || code === OPEN_BRACKET) {
        if (open.length === JSON_DEPTH_MAX) throw refused(`is nested deeper than ${JSON_DEPTH_MAX}`);
        open.push(code === OPEN_BRACE ? new Set() : null);
      } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
        open.pop();
      }
      at += 1;
    }
  }
}

function checkKey(quoted: string, keys: Set<string> | null): void {
  const key = quoted.includes('\\') ? unescaped(quoted) : quoted.slice(1, -1);
  if (FORBIDDEN_KEYS.has(key)) throw refused('has a key that is not allowed');
  if (keys === null) return;
  if (keys.has(key)) throw refused('has a key twice');
  keys.add(key);
}

function unescaped(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    throw refused('is not JSON');
  }
}

/** Place behind the closing quote; the text's end where there is none, which `JSON.parse` refuses. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    at += code === BACKSLASH ? 2 : 1;
  }
  return text.length;
}

function endOfNumber(text: string, start: number): number {
  NUMBER.lastIndex = start;
  const written = NUMBER.exec(text)?.[0];
  if (written === undefined) return start + 1;
  const value = Number(written);
  const isWhole = !/[.eE]/.test(written);
  if (!Number.isFinite(value) || (isWhole && !Number.isSafeInteger(value))) throw refused('has a number that is too large');
  return start + written.length;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && ' \t\n\r'.includes(text[at]!)) at += 1;
  return at;
}

function refused(message: string): InvalidRequest {
  return new InvalidRequest([{ path: 'body', message }]);
}
