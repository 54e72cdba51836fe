import type {
  CareUnitId,
  ContactList,
  ContactOrder,
  ContactView,
  Origin,
  ReachabilityView,
  StaffChannel,
  StaffId,
} from '@vigil/contracts';
import type { Change } from './change.js';
import type { PageLink } from './escalations.js';
import type { Outcome } from './stay-limits.js';

/** `doubtful`: there is a way, but nothing has shown of late that it works. */
export type Reachability = 'reachable' | 'doubtful' | 'unreachable';

/** Of the last try: it left the house, it was refused for good, or there is nobody any more. */
export type ContactOutcome = 'ok' | 'failed' | 'gone';

export interface AddContact {
  readonly staffId: StaffId;
  readonly channel: StaffChannel;
  /** As the channel's pager takes it. */
  readonly address: string;
  readonly label: string | null;
  /** `browser`: a subscription, which its person has confirmed by making it. */
  readonly source: 'browser' | 'person';
}

/** One contact of one person, as the API names it. */
export interface ContactTarget {
  readonly staffId: StaffId;
  readonly contactId: string;
}

/** A test that is to be sent now. */
export interface StartedTest {
  /** As stored, for `outcome`. */
  readonly contactId: string;
  readonly channel: StaffChannel;
  readonly address: string;
  readonly staffName: string;
  /** Six digits. */
  readonly code: string;
  readonly demo: boolean;
}

/** A page as a call knows it. */
export type CalledPage = Pick<PageLink, 'pageId' | 'alarmId' | 'staffId' | 'test'>;

export const TEST_CODE_MS = 10 * 60_000;
export const TEST_TRIES_MAX = 5;
/** Wall time between two tests of one way: a test costs money and wakes people. */
export const TEST_EVERY_MS = 60_000;

/**
 * Ways to reach people. Addresses are sealed, and only a test and the pages themselves are given them. Each change is one transaction
 * with its audit row and its command. @throws PlatformError 'not-found', 'conflict', 'revision-moved', 'keys-unavailable'
 */
export abstract class Contacts {
  abstract list(staffId: StaffId, wallMs: number): Promise<ContactList>;
  /** @throws PlatformError('conflict') beyond `CONTACTS_MAX`. A subscription that is there already takes the new keys. */
  abstract add(contact: AddContact, change: Change): Promise<Outcome<ContactView>>;
  abstract relabel(target: ContactTarget, label: string | null, change: Change, ifRev: number): Promise<Outcome<ContactView>>;
  /** @throws PlatformError('conflict') for one of the site's file */
  abstract remove(target: ContactTarget, change: Change, ifRev: number): Promise<{ readonly repeated: boolean }>;
  /** @throws PlatformError('invalid-request') where it names one that is not theirs, one twice, or nothing for what is high */
  abstract reorder(staffId: StaffId, order: ContactOrder, change: Change): Promise<Outcome<ContactList>>;
  /** @throws PlatformError('too-many-attempts') within `TEST_EVERY_MS` of the last one */
  abstract startTest(target: ContactTarget, wallMs: number): Promise<StartedTest>;
  /** @throws PlatformError('wrong-code'), after `TEST_TRIES_MAX` or `TEST_CODE_MS` 'ticket-expired' */
  abstract confirm(target: ContactTarget, code: string, change: Change): Promise<Outcome<ContactView>>;
  /** What became of the last try by this way. What is gone loses its address where a browser gave it. */
  abstract outcome(contactId: string, outcome: ContactOutcome, wallMs: number): Promise<void>;
  /** Whether and how somebody can be reached; null where there is no such person. */
  abstract reachability(staffId: StaffId, origin: Origin, wallMs: number): Promise<ReachabilityView | null>;
  /** Where this person has a duty now or within a day. */
  abstract careUnitsOf(staffId: StaffId, wallMs: number): Promise<readonly CareUnitId[]>;
  /** Whom a page is for and about which alarm; null where there is no such page. */
  abstract pageOf(pageId: string): Promise<CalledPage | null>;
}
