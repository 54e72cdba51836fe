import type { CareUnitId, JoinReply } from '@vigil/contracts';
import { type Action, may } from '@vigil/domain';
import type { Alarms } from '../ports/alarms.js';
import type { AppClock } from '../ports/app-clock.js';
import type { RateLimiter } from '../http/rate-limiter.js';
import type { TrustedProxies } from '../http/trusted-proxies.js';
import type { BedIndex } from './bed-index.js';
import type { LiveScores } from './live-scores.js';
import type { LiveVitals } from './live-vitals.js';
import type { LiveSocket } from './sockets.js';
import type { Subscriptions } from './subscriptions.js';

/** What both namespaces work with. */
export interface LiveParts {
  readonly clock: AppClock;
  readonly alarms: Alarms;
  readonly index: BedIndex;
  readonly vitals: LiveVitals;
  readonly scores: LiveScores;
  readonly subscriptions: Subscriptions;
  /** Joins per socket: each costs a query. */
  readonly joins: RateLimiter;
  readonly proxies: TrustedProxies;
  /** Says to a screen that its person may not look any more, and ends the line. */
  readonly sendAway: (socket: LiveSocket) => void;
  /** Told of an outage on the way; ids and codes only. */
  readonly onOutage: (error: unknown) => void;
}

/**
 * Whether this socket may look at this care unit, with the audit row of the answer. Null: it may. A second join of
 * the same care unit (after a gap) leaves no second row.
 *
 * @throws PlatformError 'audit-unavailable', 'store-unavailable'
 */
export async function admit(
  parts: LiveParts,
  socket: LiveSocket,
  request: { readonly action: Action; readonly careUnitId: CareUnitId },
): Promise<Extract<JoinReply, { ok: false }> | null> {
  const { action, careUnitId } = request;
  if (parts.joins.take(socket.id, parts.clock.wallMs()) > 0) return { ok: false, reason: 'busy' };
  // A socket may be hours old: the shift that it was opened in may be over.
  const caller = await parts.subscriptions.current(socket.data.caller);
  const decision = caller === null ? null : may(caller, action, { careUnitIds: [careUnitId] });
  if (caller === null || decision?.allowed !== true) {
    const reason = decision?.reason ?? 'the account is gone or disabled';
    const ip = parts.proxies.clientOf(socket.request);
    await parts.subscriptions.refused({ caller: socket.data.caller, action, careUnitId, ip }, reason);
    return { ok: false, reason: 'forbidden' };
  }
  await parts.index.loaded();
  if (parts.index.careUnit(careUnitId) === undefined) return { ok: false, reason: 'unknown-care-unit' };
  const key = `${socket.id}/${careUnitId}`;
  if (!parts.subscriptions.has(key))
    await parts.subscriptions.start(key, {
      caller,
      action,
      careUnitId,
      ip: parts.proxies.clientOf(socket.request),
      end: () => parts.sendAway(socket),
    });
  if (!socket.disconnected) return null;
  // It left while its row was written, and nobody would ever end what was just begun.
  await parts.subscriptions.stop(`${socket.id}/`);
  return { ok: false, reason: 'busy' };
}
