/** A resource as a server gave it: JSON of a stranger, read with care. */
export type FhirResource = { readonly resourceType: string } & Readonly<Record<string, unknown>>;

/**
 * The FHIR R4 server of the hospital, for reading. Its address and its rights are settings; no link in an answer leads anywhere else.
 * @throws PlatformError 'ehr-unavailable' (retryable) when it does not answer, not in time or not in FHIR; 'ehr-refused' when it
 * refuses. Neither says anything of a resource.
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

/** What became of one resource. `issue`: the code of the server's OperationOutcome, never its text. */
export type SendOutcome =
  | { readonly is: 'stored' | 'there-already' }
  | { readonly is: 'refused'; readonly status: number; readonly issue: string }
  | { readonly is: 'later'; readonly waitMs: number };

/** The same server, for writing. */
export abstract class FhirSink {
  /**
   * Creates each that is not there (`If-None-Exist` by identity). Never throws for what the server does: an outage is `later` for all.
   * @returns one outcome for each of the batch, in its order
   */
  abstract send(batch: readonly OutResource[], signal: AbortSignal): Promise<readonly SendOutcome[]>;
}
