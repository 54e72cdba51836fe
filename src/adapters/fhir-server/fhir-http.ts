import { Client, type FhirResource as KitResource, type RequestOptions } from 'fhir-kit-client';
import { z } from 'zod';
import type { FhirSettings } from '../../config-feeds.js';
import { EhrRefused, EhrUnavailable, type FhirResource } from '../../ports/fhir-server.js';
import { type Bounds, boundedAnswer, type RawAnswer, retryAfterMs } from './bounded-answer.js';
import { readClientKey } from './client-key.js';
import { isAtOriginOf, SmartAuth } from './smart-auth.js';

const FHIR_JSON = 'application/fhir+json';
const STATUS = {
  unauthorized: 401,
  requestTimeout: 408,
  tooMany: 429,
  serverError: 500,
  notImplemented: 501,
  unavailable: 503,
} as const;

/** One request. `url`: below the base, e.g. `Patient/17`, or absolute as the server gave it. */
export interface FhirRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text that is ready to send, or a resource. */
  readonly body?: string | FhirResource;
}

/** What the server answered, whatever its status. */
export interface FhirAnswer {
  readonly status: number;
  /** Null where there was none, or with a status of 400 and more none that can be read. */
  readonly resource: FhirResource | null;
  /** Code of the first issue of an OperationOutcome, e.g. `not-found`; `none` without one. Never its text. */
  readonly issue: string;
  /** Wall time for which the server wants to be left alone; null where it did not say. */
  readonly waitMs: number | null;
  readonly etag: string | null;
  /** Where the server put what it created; null where it did not say. Never followed. */
  readonly location: string | null;
}

const Resource = z.looseObject({ resourceType: z.string().regex(/^[A-Z][A-Za-z]{1,40}$/) });
const Outcome = z.object({
  resourceType: z.literal('OperationOutcome'),
  issue: z.array(z.object({ code: z.string().regex(/^[a-z-]{1,40}$/) })).min(1),
});

export interface FhirHttpOptions {
  readonly baseUrl: string;
  /** Null: the server asks for no token; on this machine only. */
  readonly auth: Pick<SmartAuth, 'token' | 'refused'> | null;
  readonly wallMs: () => number;
  readonly bounds?: Bounds;
}

/**
 * The one place from which a request goes to the FHIR server. Only to the origin of its base, with a token and a bound on time and
 * size; what comes back is a resource or one of our own errors, which hold a code and nothing of a resource.
 */
export class FhirHttp {
  /**
   * fhir-kit-client says what is asked (paths, queries, pages). How it is sent is ours: its own way has no bounds, gives the token to
   * whatever host a `next` link names, and puts whole resources into its errors.
   */
  readonly kit: Client;

  constructor(private readonly options: FhirHttpOptions) {
    this.kit = new Client({ baseUrl: options.baseUrl });
    this.kit.httpClient.request = (method, url, options, body) => this.forKit(method, url, options, body);
  }

  get baseUrl(): string {
    return this.options.baseUrl;
  }

  /**
   * Sends it and answers with what came back, also when that is a refusal. After a 401 it asks for a new token and tries once more.
   * @param signal ends it; what the signal says is thrown then
   * @throws EhrUnavailable where no answer can be read; EhrRefused where there is no token to be had
   */
  async exchange(request: FhirRequest, signal: AbortSignal): Promise<FhirAnswer> {
    const { auth } = this.options;
    if (auth === null) return this.answerOf(await this.send(request, null, signal));
    const token = await auth.token();
    const answer = await this.send(request, token, signal);
    if (answer.status !== STATUS.unauthorized) return this.answerOf(answer);
    auth.refused(token);
    return this.answerOf(await this.send(request, await auth.token(), signal));
  }

  private async send({ method, url, headers, body }: FhirRequest, token: string | null, signal: AbortSignal): Promise<RawAnswer> {
    signal.throwIfAborted();
    const { baseUrl, bounds } = this.options;
    const absolute = /^https?:/i.test(url) ? url : `${baseUrl}/${url.replace(/^\/+/, '')}`;
    if (!isAtOriginOf(absolute, baseUrl)) throw new EhrUnavailable('foreign-link');
    const raw = {
      method,
      headers: {
        accept: FHIR_JSON,
        // A server may answer a search from one that it did a minute ago otherwise.
        'cache-control': 'no-cache',
        ...(body === undefined ? {} : { 'content-type': FHIR_JSON }),
        ...headers,
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    };
    return boundedAnswer(absolute, raw, signal, bounds);
  }

  private answerOf({ status, headers, text }: RawAnswer): FhirAnswer {
    const resource = resourceOf(text);
    if (status < 400 && resource === null && text !== '') throw new EhrUnavailable('not-fhir');
    return {
      status,
      resource,
      issue: Outcome.safeParse(resource).data?.issue[0]?.code ?? 'none',
      waitMs: retryAfterMs(headers, this.options.wallMs()),
      etag: headers.get('etag'),
      location: headers.get('location'),
    };
  }

  private async forKit(method: string, url: string, options: RequestOptions = {}, body?: unknown): Promise<KitResource> {
    const headers = Object.fromEntries(Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
    const request = { method, url, headers, ...(body === undefined ? {} : { body: body as string | FhirResource }) };
    const signal = options.signal instanceof AbortSignal ? options.signal : new AbortController().signal;
    return { ...requireResource(await this.exchange(request, signal)) };
  }
}

/** The resource of an answer that is one. @throws EhrUnavailable, EhrRefused */
export function requireResource(answer: FhirAnswer): FhirResource {
  const { status, resource, issue, waitMs } = answer;
  if (status === STATUS.tooMany || status === STATUS.unavailable || status === STATUS.requestTimeout) {
    throw new EhrUnavailable('busy', waitMs);
  }
  // 501: it never will.
  if (status >= STATUS.serverError && status !== STATUS.notImplemented) throw new EhrUnavailable('broken', waitMs);
  if (status >= 400) throw new EhrRefused(status, issue);
  if (resource === null) throw new EhrUnavailable('not-fhir');
  return resource;
}

function resourceOf(text: string): FhirResource | null {
  try {
    return Resource.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/**
 * The way to the FHIR server of the settings.
 * @throws ClientKeyError where the key can't be used
 */
export function openFhirHttp(settings: FhirSettings, wallMs: () => number): FhirHttp {
  const { baseUrl, client } = settings;
  if (client === null) return new FhirHttp({ baseUrl, auth: null, wallMs });
  const { clientId, tokenUrl, scopes } = client;
  const key = readClientKey(client.keyFile, client.keyId);
  return new FhirHttp({ baseUrl, auth: new SmartAuth({ baseUrl, clientId, key, tokenUrl, scopes, wallMs }), wallMs });
}
