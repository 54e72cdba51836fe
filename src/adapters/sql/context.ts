import type { AlarmView, Origin, StaffChannel } from '@vigil/contracts';
import type { Clock } from '@vigil/clock';
import type { PagingPolicy } from '@vigil/domain';
import type { Fields } from './fields.js';
import type { FeedAuthorities } from './inbound-rows.js';
import type { DeadLetterBounds } from '../../ports/dead-letters.js';
import type { HeldBounds } from '../../ports/held-messages.js';
import type { AuditEntry } from '../../ports/audit-trail.js';
import type { Notices } from './notices.js';
import type { Sql } from './sql.js';

/** What all SQL stores of a process share. */
export interface SqlContext {
  readonly sql: Sql;
  /** Seals and opens the columns that sealed-columns.ts lists: `sealRow` before a transaction, `openRows` after it. */
  readonly fields: Fields;
  readonly clock: Clock;
  readonly notices: Notices;
  /** The one of site.yaml: in force where two people have put no other into force. */
  readonly policy: PagingPolicy;
  /** Origin of the log events that people cause here: `simulated` on a demo site, else `live`. */
  readonly origin: Origin;
  /** The line of text of an alarm (src/alarms/alarm-text.ts), with the names of those that its evidence names by id. */
  readonly alarmText: (view: Omit<AlarmView, 'text'> & { readonly subjectNames?: ReadonlyMap<string, string> }) => string;
  /**
   * Keeps an audit entry aside, on the disk, for what must not wait for the audit trail. Left out, what can't be
   * audited fails.
   */
  readonly keepAudit?: (entry: AuditEntry, wallMs: number) => Promise<void>;
  /** Who names patients in what the hospital's systems send; left out: nobody, and each message waits for a person. */
  readonly feedAuthorities?: FeedAuthorities;
  /** Left out: `DEAD_LETTER_BOUNDS`. */
  readonly deadLetterBounds?: DeadLetterBounds;
  /** Left out: those of src/ports/held-messages.ts. */
  readonly heldBounds?: HeldBounds;
  /** Most of what waits for the hospital's records. Left out: `KEPT_MAX`. */
  readonly ehrKeptMax?: number;
  readonly inboundWaitingMax?: number;
  /** Channels that may carry pages of data that are not live (D22). */
  readonly demoChannels: readonly StaffChannel[];
  /** Channels that this site has now; left out, all. */
  readonly channels?: readonly StaffChannel[];
  /** The site has a mail server; left out, it has. Without one, an address reaches nobody. */
  readonly smtp?: boolean;
  /** The site has a webhook; everybody can then be paged by it. */
  readonly webhook: boolean;
  /** Who consumes the alarms group here: the identity that holds its partitions. */
  readonly ownerId: string;
  readonly alarmsConsumer: { readonly namespace: string; readonly hub: string; readonly group: string };
}
