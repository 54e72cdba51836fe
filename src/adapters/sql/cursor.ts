import type { Page } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';

/** An opaque cursor of a list: the sort key of the last item. */
export function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

const PART_CHARS_MAX = 200;

/**
 * The sort key behind a cursor, each part of the kind that its column has: PostgreSQL refuses to compare others, and a NUL
 * is no text to it.
 *
 * @throws PlatformError('invalid-request') when the text is no cursor of such a list
 */
export function decodeCursor(
  cursor: string | undefined,
  kinds: readonly ('number' | 'string')[],
): readonly (string | number)[] | null {
  if (cursor === undefined) return null;
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const parts = Array.isArray(key) ? (key as unknown[]) : [];
    if (parts.length === kinds.length && parts.every((part, n) => isOf(kinds[n]!, part))) return parts as (string | number)[];
  } catch {
    // Not JSON: the same answer as for JSON that is no cursor.
  }
  throw new PlatformError('invalid-request');
}

function isOf(kind: 'number' | 'string', part: unknown): boolean {
  if (kind === 'number') return Number.isSafeInteger(part);
  return typeof part === 'string' && part.length <= PART_CHARS_MAX && !part.includes('\0');
}

/** A page of at most `limit` of the rows, of which the caller read one more than that. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  item: (row: Row) => Item,
  key: (row: Row) => readonly (string | number)[],
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(item), next: rows.length > limit && last !== undefined ? encodeCursor(key(last)) : null };
}
