import type { EncounterId, FeedIdentifier, Patient } from '@vigil/contracts';

/** Kinds of things that are here and at the FHIR server. */
export type LinkedKind = 'patient' | 'encounter' | 'bed' | 'careUnit' | 'device' | 'staff';

/** The same thing here and there: found by identifier once, and by the server's id from then on. */
export interface EhrLink {
  readonly kind: LinkedKind;
  /** Our id, e.g. a `PatientId`. */
  readonly localId: string;
  readonly resourceType: string;
  /** Logical id at the server. */
  readonly serverId: string;
  /** `meta.versionId` that was read last; null where the server gives none. */
  readonly version: string | null;
}

/** A stay that goes on, and what is known of it at the server. */
export interface LinkedStay {
  readonly encounterId: EncounterId;
  /** Null where nobody can read the record now. */
  readonly patient: Patient | null;
  /** Number of the visit, as its source names it. */
  readonly visit: FeedIdentifier | null;
  readonly patientLink: EhrLink | null;
  readonly encounterLink: EhrLink | null;
}

/**
 * What of the hospital's records is what here, and how far they were read. One of ours is one of theirs at most, and the other way
 * round; what is said of erased patients is gone. @throws PlatformError 'conflict' for a link that would make it two, 'store-unavailable'
 */
export abstract class EhrLinks {
  abstract ofLocal(kind: LinkedKind, localId: string): Promise<EhrLink | null>;
  abstract ofServer(resourceType: string, serverId: string): Promise<EhrLink | null>;
  /** The same link again notes its version. */
  abstract link(link: EhrLink): Promise<void>;
  /** What is no longer there. */
  abstract unlink(resourceType: string, serverId: string): Promise<void>;
  /** A place in the server's changes, by a name; null before the first. */
  /** Stays that go on, at most `limit`, by their ids. */
  abstract openStays(limit: number): Promise<readonly LinkedStay[]>;
  abstract cursor(name: string): Promise<string | null>;
  abstract setCursor(name: string, value: string): Promise<void>;
}
