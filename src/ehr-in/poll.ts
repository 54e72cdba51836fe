import { z } from 'zod';
import { EhrRefused, EhrUnavailable, type FhirResource } from '../ports/fhir-server.js';
import type { EhrParts } from './parts.js';
import { selfOf } from './reading.js';

/** How far behind the newest each look begins again: servers note the time of a change before others can see it. */
const OVERLAP_MS = 60_000;
/** Of one look; what is left comes with the next, at once. */
const HANDLED_MAX = 2_000;
/** Versions within the overlap that are remembered. Forgotten ones are read again, which changes nothing. */
const SEEN_MAX = 20_000;
const PAGE = '100';
/** So many and how far it has come is noted. */
const NOTE_EVERY = 50;

/** By the server's times. Ours only makes a look begin earlier, where the server's clock was ahead and was put right. */
const Cursor = z.object({ v: z.literal(1), sinceMs: z.number(), seen: z.array(z.tuple([z.string(), z.number()])).max(SEEN_MAX) });
interface Place {
  sinceMs: number;
  /** By `id/version`, the time of each. */
  readonly seen: Map<string, number>;
}

export interface Polled {
  readonly type: string;
  /** What is looked at before the first look at changes: those that go on; null: none. */
  readonly first: Readonly<Record<string, string>> | null;
  readonly handle: (resource: FhirResource, signal: AbortSignal) => Promise<void>;
}

/**
 * Looks at what changed of one type since the last look, in the order of the server's times, each version once.
 * @returns false where there was more than one look takes
 * @throws EhrUnavailable, EhrRefused (the type may not be read) and what the stores throw; noted is what was handled
 */
export async function poll(parts: EhrParts, { type, first, handle }: Polled, signal: AbortSignal): Promise<boolean> {
  const name = `poll:${type}`;
  const stored = await parts.links.cursor(name);
  if (stored === null) {
    const sinceMs = await newestMs(parts, type, signal);
    if (first !== null) {
      for await (const resource of parts.server.search(type, first, signal)) await handled(parts, type, handle, resource, signal);
    }
    await parts.links.setCursor(name, textOf({ sinceMs, seen: new Map() }, parts.clock.wallMs()));
    return true;
  }
  const { sinceMs, seen } = Cursor.parse(JSON.parse(stored));
  const place: Place = { sinceMs, seen: new Map(seen) };
  return changes(parts, { type, first, handle }, place, signal);
}

async function changes(parts: EhrParts, { type, handle }: Polled, place: Place, signal: AbortSignal): Promise<boolean> {
  const { server, links, metrics } = parts;
  const note = (): Promise<void> => links.setCursor(`poll:${type}`, textOf(place, parts.clock.wallMs()));
  const since = new Date(beginOf(place, parts.clock.wallMs())).toISOString();
  let count = 0;
  let lastMs = -Infinity;
  let isSorted = true;
  let newestMs = place.sinceMs;
  try {
    for await (const resource of server.search(
      type,
      { _lastUpdated: `ge${since}`, _sort: '_lastUpdated', _count: PAGE },
      signal,
    )) {
      const self = selfOf(resource);
      const key = self === null ? null : `${self.id}/${self.version}`;
      if (self === null || self.atMs === null || key === null) metrics.found(type, 'unreadable');
      else if (place.seen.has(key)) metrics.found(type, 'duplicate');
      else {
        await handled(parts, type, handle, resource, signal);
        count += 1;
        isSorted &&= self.atMs >= lastMs;
        lastMs = self.atMs;
        newestMs = Math.max(newestMs, self.atMs);
        place.seen.set(key, self.atMs);
        metrics.seen(type, parts.clock.wallMs() - self.atMs);
        // From a server that does not sort, something older may still come: then only the end of it all counts.
        if (isSorted) place.sinceMs = newestMs;
        if (isSorted && count % NOTE_EVERY === 0) await note();
        if (isSorted && count >= HANDLED_MAX) return false;
      }
    }
    place.sinceMs = newestMs;
    return true;
  } finally {
    if (count > 0) await note();
  }
}

/** One that the server does not let us finish is for later looks by its next version; an outage ends the look. */
export async function handled(
  { metrics }: EhrParts,
  type: string,
  handle: Polled['handle'],
  resource: FhirResource,
  signal: AbortSignal,
): Promise<void> {
  try {
    await handle(resource, signal);
  } catch (error) {
    if (!(error instanceof EhrRefused)) throw error;
    metrics.found(type, 'refused');
  }
}

/** The server's time of its newest change; 0 where there is none yet, so that the first one is new. */
async function newestMs({ server }: EhrParts, type: string, signal: AbortSignal): Promise<number> {
  for await (const resource of server.search(type, { _sort: '-_lastUpdated', _count: '1' }, signal)) {
    const atMs = selfOf(resource)?.atMs ?? null;
    // Without times there is nothing to go by, and guessing would leave changes out.
    if (atMs === null) throw new EhrUnavailable('not-fhir');
    return atMs;
  }
  return 0;
}

function beginOf({ sinceMs }: Pick<Place, 'sinceMs'>, wallMs: number): number {
  return Math.max(0, Math.min(sinceMs, wallMs) - OVERLAP_MS);
}

function textOf(place: Place, wallMs: number): string {
  const beginMs = beginOf(place, wallMs);
  const recent = [...place.seen].filter(([, atMs]) => atMs >= beginMs).slice(-SEEN_MAX);
  return JSON.stringify({ v: 1, sinceMs: place.sinceMs, seen: recent });
}
