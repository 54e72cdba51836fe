import { z } from 'zod';
import { EhrRefused, EhrUnavailable, type FhirResource } from '../../ports/fhir-server.js';
import { type FhirHttp, requireResource } from './fhir-http.js';

/** With its tag in `reason`, a subscription of this platform is known among those of others. */
const REASON = 'vigil: look now';
/** Statuses by which a server says that it has no such thing. */
const NOT_THERE: ReadonlySet<number> = new Set([400, 404, 405, 410, 422, 501]);
/** Subscriptions of ours that are looked at; more than one per type are left from before. */
const OWN_MAX = 100;

const Subscription = z.object({
  resourceType: z.literal('Subscription'),
  id: z.string().regex(/^[A-Za-z0-9-][A-Za-z0-9.-]{0,63}$/),
  status: z.string(),
  reason: z.string().optional(),
  criteria: z.string().optional(),
  channel: z.object({
    type: z.string().optional(),
    endpoint: z.string().optional(),
    payload: z.string().optional(),
    header: z.array(z.string()).optional(),
  }),
});
type Subscription = z.infer<typeof Subscription>;

export interface Hint {
  readonly types: readonly string[];
  readonly url: string;
  readonly bearer: string;
}

/**
 * One rest-hook for each type, without payload: no person is in what the server sends. What is right stays as it is; what stopped or
 * has an older bearer is put anew; a second one for the same type goes.
 *
 * @throws EhrUnavailable; EhrRefused where this client may not, so that somebody hears of it
 */
export async function keepSubscribed(
  http: FhirHttp,
  search: (type: string, params: Readonly<Record<string, string>>) => AsyncIterable<FhirResource>,
  hint: Hint,
  signal: AbortSignal,
): Promise<'active' | 'requested' | 'not-there'> {
  try {
    const own = await ownOf(search, hint.url);
    let isActive = true;
    for (const type of hint.types) {
      const criteria = criteriaOf(type);
      const [first, ...others] = own.filter((subscription) => subscription.criteria === criteria);
      for (const { id } of others) await http.exchange({ method: 'DELETE', url: `Subscription/${id}` }, signal);
      if (first !== undefined && isAsWanted(first, hint)) isActive &&= first.status === 'active';
      else {
        await put(http, first?.id ?? null, wanted(criteria, hint), signal);
        isActive = false;
      }
    }
    return isActive ? 'active' : 'requested';
  } catch (error) {
    if (error instanceof EhrRefused && NOT_THERE.has(error.status)) return 'not-there';
    throw error;
  }
}

async function ownOf(
  search: (type: string, params: Readonly<Record<string, string>>) => AsyncIterable<FhirResource>,
  url: string,
): Promise<readonly Subscription[]> {
  const own: Subscription[] = [];
  for await (const resource of search('Subscription', { _count: '50' })) {
    const read = Subscription.safeParse(resource);
    if (!read.success || read.data.channel.endpoint !== url || read.data.reason !== REASON) continue;
    own.push(read.data);
    if (own.length === OWN_MAX) break;
  }
  return own;
}

/** Every resource of the type. Servers differ in the parameters that they can match without their database; this needs none. */
const criteriaOf = (type: string): string => `${type}?`;

function isAsWanted({ status, channel }: Subscription, { bearer }: Hint): boolean {
  const isAlive = status === 'active' || status === 'requested';
  return isAlive && channel.type === 'rest-hook' && !channel.payload && channel.header?.[0] === authorization(bearer);
}

const authorization = (bearer: string): string => `Authorization: Bearer ${bearer}`;

function wanted(criteria: string, { url, bearer }: Hint): FhirResource {
  return {
    resourceType: 'Subscription',
    status: 'requested',
    reason: REASON,
    criteria,
    channel: { type: 'rest-hook', endpoint: url, header: [authorization(bearer)] },
  };
}

async function put(http: FhirHttp, id: string | null, subscription: FhirResource, signal: AbortSignal): Promise<void> {
  const request =
    id === null
      ? { method: 'POST', url: 'Subscription', body: subscription }
      : { method: 'PUT', url: `Subscription/${id}`, body: { ...subscription, id } };
  const answer = await http.exchange(request, signal);
  if (answer.status >= 400) requireResource(answer);
  if (answer.status >= 300) throw new EhrUnavailable('not-fhir');
}
