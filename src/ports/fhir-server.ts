import { PlatformError } from '@vigil/domain';

/** A resource as a server gave it: JSON of a stranger, read with care. */
export type FhirResource = { readonly resourceType: string } & Readonly<Record<string, unknown>>;

/**
 * Why there was no answer to work with. `unreached`: no connection, or it broke; `timeout`: not in time; `too-large`; `not-fhir`:
 * HTML, null, empty, not JSON, or another resource than asked for; `redirected` and `foreign-link`: it would lead elsewhere, nothing
 * was sent there; `busy`: it asks to wait (429, 503); `broken`: another 5xx; `no-token`: the token endpoint is away or unknown.
 */
export type EhrTrouble =
  'unreached' | 'timeout' | 'too-large' | 'not-fhir' | 'redirected' | 'foreign-link' | 'busy' | 'broken' | 'no-token';

/** The server is away, or what it says can't be used. It may be otherwise later. */
export class EhrUnavailable extends PlatformError {
  constructor(
    readonly why: EhrTrouble,
    /** Wall time for which the server wants to be left alone; null where it did not say. */
    readonly waitMs: number | null = null,
  ) {
    super('ehr-unavailable', waitMs === null ? {} : { waitedMs: waitMs }, true);
  }
}

/** The server, or its authorization server, says no. Asking the same again gets the same answer until somebody changes something. */
export class EhrRefused extends PlatformError {
  constructor(
    readonly status: number,
    /** Code of its OperationOutcome or of its token endpoint, e.g. `invalid`, `invalid_client`; `none` where it gave none. */
    readonly issue: string,
  ) {
    super('ehr-refused');
  }
}

/**
 * The FHIR R4 server of the hospital, for reading. Its address and its rights are settings; no link in an answer leads anywhere else.
 * @throws EhrUnavailable when it does not answer, not in time or not in FHIR; EhrRefused when it refuses. Neither says anything of a
 * resource.
 */
export abstract class FhirServer {
  /** All pages, one resource after the other. @param signal ends it: the iteration throws what the signal says */
  abstract search(type: string, params: Readonly<Record<string, string>>, signal: AbortSignal): AsyncIterable<FhirResource>;
  /** Null where there is none, or no more (404, 410). */
  abstract read(type: string, id: string, signal: AbortSignal): Promise<FhirResource | null>;
  /**
   * Sees to it that the server says "look now" under this address when one of these types changes, without content. Called again, it
   * changes nothing. `not-there`: the server has no rest-hook.
   */
  abstract keepSubscribed(
    types: readonly string[],
    hint: { readonly url: string; readonly bearer: string },
    signal: AbortSignal,
  ): Promise<'active' | 'requested' | 'not-there'>;
}

/** One resource on its way out. `identity` names it for ever: sent again, it is there once. */
export interface OutResource {
  readonly identity: string;
  readonly resource: FhirResource;
}

/**
 * What became of one resource. `issue`: the code of the server's OperationOutcome, never its text. `serverId`: under which it is
 * there; null where the server did not say. `why`: a code, e.g. `timeout` or `http-503`.
 */
export type SendOutcome =
  | { readonly is: 'stored' | 'there-already'; readonly serverId: string | null }
  | { readonly is: 'refused'; readonly status: number; readonly issue: string }
  | { readonly is: 'later'; readonly waitMs: number; readonly why: string };

/** `moved`: it is another version by now. */
export type PutOutcome = { readonly is: 'stored' | 'moved' } | Extract<SendOutcome, { readonly is: 'refused' | 'later' }>;

/** The same server, for writing. Never throws for what the server does; what the signal says is thrown. */
export abstract class FhirSink {
  /**
   * Creates each that is not there (`If-None-Exist` by identity). An outage is `later` for all.
   * @returns one outcome for each of the batch, in its order
   */
  abstract send(batch: readonly OutResource[], signal: AbortSignal): Promise<readonly SendOutcome[]>;
  /** Puts a resource, which has the server's `id`, in the place of that version; null: of whatever is there. */
  abstract put(resource: FhirResource, ifVersion: string | null, signal: AbortSignal): Promise<PutOutcome>;
}
