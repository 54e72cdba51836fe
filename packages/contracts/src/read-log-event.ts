import { z } from 'zod';
import type { DeadLetterReason } from './dead-letter.js';
import { bedKey, BedId, gatewayKey, LogKey, unitKey } from './ids.js';
import { LogEvent } from './log-event.js';

/** The version of the events that are written here, and the newest that can be read. */
export const EVENT_VERSION = 1;

/** What can be said of something on the log that does not count, without a word of its content. */
export interface Unreadable {
  readonly reason: Extract<DeadLetterReason, 'not-an-event' | 'invalid-event' | 'newer-schema'>;
  readonly path: string;
  readonly kind: string;
  readonly bedId: BedId | null;
}

export type ReadLogEvent = { readonly event: LogEvent } | { readonly unreadable: Unreadable };

const PATH_DEPTH_MAX = 6;
const kindSchemas = LogEvent.options;
const KINDS: ReadonlySet<string> = new Set(kindSchemas.map((option) => option.shape.kind.value));
/** What every version says in the same way, or its events could not be told from nonsense. */
const Envelope = z.object({ v: z.number().int().positive(), kind: z.string(), id: z.string(), key: LogKey, atMs: z.number() });

/**
 * Reads an event as tolerantly as it can be read without guessing: fields that are not known are left out, events of every
 * earlier version are known, and one of a later version says so instead of looking broken. Never throws.
 */
export function readLogEvent(body: unknown): ReadLogEvent {
  const parsed = LogEvent.safeParse(body);
  if (parsed.success) return isInItsPlace(parsed.data) ? { event: parsed.data } : { unreadable: outOfPlace(parsed.data) };
  if (typeof body !== 'object' || body === null || Array.isArray(body) || body instanceof Uint8Array) {
    return { unreadable: { reason: 'not-an-event', path: '', kind: 'unknown', bedId: null } };
  }
  const { kind, key } = body as { kind?: unknown; key?: unknown };
  const about = { kind: kindOf(kind), bedId: bedOf(key) };
  if (isNewer(body)) return { unreadable: { reason: 'newer-schema', path: '', ...about } };
  return { unreadable: { reason: 'invalid-event', path: safePath(parsed.error.issues[0]?.path ?? []), ...about } };
}

/**
 * False for an event of one bed under the key of another: the engine goes by the key and history by the bed, so one patient would
 * have the readings and another the alarms. Nor is a gateway's own state that of a bed.
 */
function isInItsPlace(event: LogEvent): boolean {
  switch (event.kind) {
    case 'gatewayLost':
    case 'gatewayRestored':
    case 'gatewayStatus':
    case 'canary':
      return event.key === gatewayKey(event.gatewayId);
    case 'onCallTrouble':
      return event.key === unitKey(event.careUnitId);
    default:
      return !('bedId' in event) || event.bedId === null || event.key === bedKey(event.bedId);
  }
}

const outOfPlace = ({ kind, key }: LogEvent): Unreadable => ({ reason: 'invalid-event', path: 'key', kind, bedId: bedOf(key) });

/**
 * What says that it is of a later version, or a kind of event that this one does not know in an envelope that it does. A later
 * version may say all but its number in another way.
 */
function isNewer(body: object): boolean {
  const { v } = body as { v?: unknown };
  if (typeof v === 'number' && Number.isSafeInteger(v) && v > EVENT_VERSION) return true;
  const envelope = Envelope.safeParse(body);
  return envelope.success && !KINDS.has(envelope.data.kind);
}

const kindOf = (kind: unknown): string => (typeof kind === 'string' && KINDS.has(kind) ? kind : 'unknown');

function bedOf(key: unknown): BedId | null {
  if (typeof key !== 'string' || !key.startsWith('bed:')) return null;
  return BedId.safeParse(key.slice('bed:'.length)).data ?? null;
}

let knownNames: ReadonlySet<string> | null = null;

/** The place in the event in words of the contract: a name that a sender made up may be that of a patient. */
function safePath(path: readonly PropertyKey[]): string {
  knownNames ??= namesOf(z.toJSONSchema(LogEvent, { io: 'input', unrepresentable: 'any' }));
  const names = knownNames;
  const say = (part: PropertyKey): string =>
    typeof part === 'number' || (typeof part === 'string' && names.has(part)) ? String(part) : '*';
  return path.slice(0, PATH_DEPTH_MAX).map(say).join('.');
}

/** The names of all properties in a JSON schema. */
function namesOf(schema: unknown, into = new Set<string>()): Set<string> {
  if (typeof schema !== 'object' || schema === null) return into;
  for (const [name, part] of Object.entries(schema)) {
    if (name === 'properties' && typeof part === 'object' && part !== null) for (const key of Object.keys(part)) into.add(key);
    namesOf(part, into);
  }
  return into;
}
