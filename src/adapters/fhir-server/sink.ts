import { randomUUID } from 'node:crypto';
import type { Clock } from '@vigil/clock';
import { z } from 'zod';
import {
  EhrRefused,
  EhrUnavailable,
  FhirSink,
  type OutResource,
  type PutOutcome,
  type SendOutcome,
} from '../../ports/fhir-server.js';
import type { FhirAnswer, FhirHttp } from './fhir-http.js';
import { isFhirId } from './http-fhir-server.js';

const CONFLICT = 409;
/** Wall time before each further try: what was given up after 30 s may still be in work there. */
const CONFLICT_WAITS_MS = [1_000, 5_000, 25_000];
/** The server answers, and says nothing of the resource itself. */
const NOT_OF_THE_CONTENT: ReadonlySet<number> = new Set([401, 403, 404, 405, 408, 429]);

const Answers = z.object({
  resourceType: z.literal('Bundle'),
  entry: z.array(
    z.object({
      response: z.object({
        status: z.string().regex(/^\d{3}/),
        location: z.string().max(2_000).optional(),
      }),
    }),
  ),
});

/**
 * Writes to the FHIR server: transactions of conditional creates. A bundle that is refused is halved down to the single resource,
 * because one bad entry refuses all of it, and because some servers refuse a good bundle now and then (docs/adr/0059).
 */
export class HttpFhirSink extends FhirSink {
  constructor(
    private readonly http: FhirHttp,
    private readonly clock: Pick<Clock, 'sleep'>,
  ) {
    super();
  }

  override async send(batch: readonly OutResource[], signal: AbortSignal): Promise<readonly SendOutcome[]> {
    if (batch.length === 0) return [];
    if (batch.length === 1) return [await this.create(batch[0]!, signal)];
    const whole = await this.transaction(batch, signal);
    if (whole !== 'apart') return whole;
    const half = Math.ceil(batch.length / 2);
    const first = await this.send(batch.slice(0, half), signal);
    // Where the first half found the server away, the second would wait for it just the same.
    if (first.every(({ is }) => is === 'later')) return batch.map(() => first[0]!);
    return [...first, ...(await this.send(batch.slice(half), signal))];
  }

  override async put(resource: OutResource['resource'], ifVersion: string | null, signal: AbortSignal): Promise<PutOutcome> {
    const { resourceType, id } = resource;
    if (typeof id !== 'string' || !isFhirId(id)) return { is: 'refused', status: 0, issue: 'invalid' };
    const answer = await this.exchange(
      {
        method: 'PUT',
        url: `${resourceType}/${id}`,
        headers: { prefer: 'return=minimal', ...(ifVersion === null ? {} : { 'if-match': `W/"${ifVersion}"` }) },
        body: resource,
      },
      signal,
    );
    if ('is' in answer) return answer;
    if (answer.status < 300) return { is: 'stored' };
    return answer.status === 412 || answer.status === CONFLICT ? { is: 'moved' } : failureOf(answer);
  }

  /** @returns `apart`: tell by the parts which of them it was */
  private async transaction(batch: readonly OutResource[], signal: AbortSignal): Promise<readonly SendOutcome[] | 'apart'> {
    const entry = batch.map(({ identity, resource }) => ({
      fullUrl: `urn:uuid:${randomUUID()}`,
      resource,
      request: { method: 'POST', url: resource.resourceType, ifNoneExist: conditionOf(resource, identity) },
    }));
    const body = { resourceType: 'Bundle', type: 'transaction', entry };
    const answer = await this.exchange({ method: 'POST', url: '', headers: { prefer: 'return=minimal' }, body }, signal);
    if ('is' in answer) return batch.map(() => answer);
    if (answer.status >= 300) {
      const failure = failureOf(answer);
      return failure.is === 'later' ? batch.map(() => failure) : 'apart';
    }
    const parsed = Answers.safeParse(answer.resource);
    if (!parsed.success || parsed.data.entry.length !== batch.length)
      return batch.map(() => ({ is: 'later', waitMs: 0, why: 'not-fhir' }));
    return parsed.data.entry.map(({ response }) => createdBy(Number(response.status.slice(0, 3)), response.location ?? null));
  }

  private async create({ identity, resource }: OutResource, signal: AbortSignal): Promise<SendOutcome> {
    const request = {
      method: 'POST',
      url: resource.resourceType,
      headers: { prefer: 'return=minimal', 'if-none-exist': conditionOf(resource, identity) },
      body: resource,
    };
    for (let tries = 0; ; tries++) {
      const answer = await this.exchange(request, signal);
      if ('is' in answer) return answer;
      if (answer.status < 300) return createdBy(answer.status, answer.location);
      const waitMs = answer.status === CONFLICT ? CONFLICT_WAITS_MS[tries] : undefined;
      if (waitMs === undefined) return failureOf(answer);
      await this.clock.sleep(waitMs, signal);
    }
  }

  private async exchange(
    request: Parameters<FhirHttp['exchange']>[0],
    signal: AbortSignal,
  ): Promise<FhirAnswer | Extract<SendOutcome, { is: 'later' }>> {
    try {
      return await this.http.exchange(request, signal);
    } catch (error) {
      if (error instanceof EhrUnavailable) return { is: 'later', waitMs: error.waitMs ?? 0, why: error.why };
      if (error instanceof EhrRefused) return { is: 'later', waitMs: 0, why: error.issue };
      throw error;
    }
  }
}

/** By the one identifier that we gave it. */
function conditionOf(resource: OutResource['resource'], identity: string): string {
  const [identifier] = resource['identifier'] as readonly [{ readonly system: string }];
  return `identifier=${encodeURIComponent(`${identifier.system}|${identity}`)}`;
}

/** @param location e.g. `Observation/17/_history/1`, or with the base before it */
function createdBy(status: number, location: string | null): SendOutcome {
  const id =
    location === null ? undefined : /(?:^|\/)[A-Z][A-Za-z]+\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[^/]*)?$/.exec(location)?.[1];
  return { is: status === 201 ? 'stored' : 'there-already', serverId: id ?? null };
}

function failureOf({ status, issue, waitMs }: FhirAnswer): Extract<SendOutcome, { is: 'later' | 'refused' }> {
  if (status >= 500 || NOT_OF_THE_CONTENT.has(status)) return { is: 'later', waitMs: waitMs ?? 0, why: `http-${status}` };
  return { is: 'refused', status, issue };
}
