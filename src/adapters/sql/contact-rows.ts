import type { Origin, StaffChannel } from '@vigil/contracts';
import type { Reachability } from '../../ports/contacts.js';
import type { Db } from './sql.js';

/** One way to reach a person. `address` and `label` are sealed. */
export interface ContactMethodRow {
  /** `<staff>/<channel>` where the site's file says it, else a UUID. */
  contact_id: string;
  staff_id: string;
  channel: StaffChannel;
  /** Of web push and of a webhook, JSON with what else it takes. Empty: it is gone. */
  address: string;
  label: string;
  /** `site`: the site's file, anew at each start. `browser`: a subscription. `person`: somebody has typed it. */
  source: 'site' | 'browser' | 'person';
  demo: number;
  /** 0 where this site has no such channel now. */
  available: number;
  rev: number;
  added_by: string | null;
  added_wall_ms: number;
  /** The lowest is first; null: not for this priority. */
  position_high: number | null;
  position_medium: number | null;
  position_low: number | null;
  verified_wall_ms: number | null;
  outcome: 'ok' | 'failed' | 'gone' | null;
  outcome_wall_ms: number | null;
}

export interface ContactTestRow {
  contact_id: string;
  code_hash: string;
  tries: number;
  sent_wall_ms: number;
  expires_wall_ms: number;
}

export const POSITION = { high: 'position_high', medium: 'position_medium', low: 'position_low' } as const;

/** What an order says that nobody has set: voice is for what is high, SMS not for what is low. */
export function defaultPositions(
  channel: StaffChannel,
): Pick<ContactMethodRow, 'position_high' | 'position_medium' | 'position_low'> {
  const rank = { webPush: 10, sms: 20, voice: 30, smtp: 40, webhook: 50, canary: 60 }[channel];
  return {
    position_high: rank,
    position_medium: channel === 'voice' ? null : rank,
    position_low: channel === 'voice' || channel === 'sms' ? null : rank,
  };
}

/** A confirmation counts as fresh for this long. */
export const FRESH_MS = 30 * 24 * 3_600_000;

export type UsableFacts = Pick<ContactMethodRow, 'available' | 'source' | 'verified_wall_ms' | 'outcome' | 'address'>;

/**
 * Whether a page may be sent there. What somebody has typed and nobody has confirmed is left out: a page holds a link that accepts for
 * its person, and a slip of the pen would hand it to a stranger.
 */
export function isUsable(row: UsableFacts): boolean {
  const isConfirmed = row.source !== 'person' || row.verified_wall_ms !== null;
  return row.available === 1 && row.address !== '' && row.outcome !== 'gone' && isConfirmed;
}

/** Whose account is closed: their links answer nothing, so that a page to them would cost the time of a step. */
export const closedAccounts = (db: Db) => db.selectFrom('account').select('staff_id').where('disabled', '=', 1);

/** Known to work: confirmed or used of late, and the last try did not fail. */
function isSure(row: UsableFacts & Pick<ContactMethodRow, 'outcome_wall_ms'>, wallMs: number): boolean {
  const lastMs = Math.max(row.verified_wall_ms ?? 0, row.outcome === 'ok' ? (row.outcome_wall_ms ?? 0) : 0);
  return row.outcome !== 'failed' && lastMs > wallMs - FRESH_MS;
}

/**
 * How each of these people can be reached now with a page of this origin; one without any row is `unreachable`, and so is one whose
 * account is closed. Nothing is opened: the answer costs one query.
 */
export async function reachable(
  db: Db,
  staffIds: readonly string[],
  origin: Origin,
  wallMs: number,
): Promise<ReadonlyMap<string, Reachability>> {
  const found = new Map<string, Reachability>(staffIds.map((staffId) => [staffId, 'unreachable']));
  if (staffIds.length === 0) return found;
  const rows = await db
    .selectFrom('contact_method')
    .selectAll()
    .where('staff_id', 'in', [...found.keys()])
    .where('staff_id', 'not in', closedAccounts(db))
    .execute();
  for (const row of rows) {
    if (!isUsable(row) || (origin !== 'live' && row.demo !== 1)) continue;
    if (isSure(row, wallMs)) found.set(row.staff_id, 'reachable');
    else if (found.get(row.staff_id) === 'unreachable') found.set(row.staff_id, 'doubtful');
  }
  return found;
}
