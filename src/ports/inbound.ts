import type { FeedIdentifier, FeedMove, QuarantineReason } from '@vigil/contracts';

/** Most bytes of one message. */
export const INBOUND_BYTES_MAX = 1024 * 1024;

/** Messages that wait at most, for their turn or for a person: what comes then stays with who sends it. */
export const INBOUND_WAITING_MAX = 100_000;

/** One message of the hospital, as it came and as it was read. */
export interface InboundMessage {
  /** Names it for ever: made of sender and the id that the sender gave it; of its bytes where it has none. */
  readonly messageId: string;
  readonly source: 'hl7' | 'fhir';
  /** Application and facility, or the server; nothing of a patient. */
  readonly sender: string;
  /** Of `raw`, lower-case hex. */
  readonly sha256: string;
  /** To the byte, because it may be in no encoding that can be read. */
  readonly raw: Uint8Array;
  /** What it says; or why nobody can tell, and it waits for a person. `about`: whose it is, as far as that can be read. */
  readonly read:
    { readonly move: FeedMove } | { readonly unreadable: QuarantineReason; readonly about?: readonly FeedIdentifier[] };
  /** What the sender is told once it is kept, so that a repeat hears the same; left out where nobody waits for an answer. */
  readonly answer?: string;
}

/** `repeated`: the same bytes were kept under this id before, with the answer that was given. `reused-id`: other bytes were. */
export type Kept =
  { readonly is: 'kept' } | { readonly is: 'repeated'; readonly answer: string | null } | { readonly is: 'reused-id' };

/**
 * What the hospital's systems sent, kept before anything is done with it and before it is acknowledged. Content is sealed.
 * @throws PlatformError 'store-unavailable' (also where `INBOUND_WAITING_MAX` wait), 'keys-unavailable'; nothing was kept then, and nothing may be acknowledged
 */
export abstract class Inbound {
  /** Durable when it resolves, also against a power cut. A reused id is kept too, under a name of its own, and waits for a person. */
  abstract keep(message: InboundMessage, receivedWallMs: number): Promise<Kept>;
}
