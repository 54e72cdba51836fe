import { z } from 'zod';
import { verifySas } from '../auth/sas.js';
import type { Broker } from '../broker/broker.js';
import type { HubRefusal, HubResult } from '../hub-folders.js';
import { DEFAULT_RETENTION, RetentionSchema } from '../hub-meta.js';
import type { OpenHub } from '../hub.js';
import type { Hubs } from '../hubs.js';
import { LogError } from '../log/log-error.js';
import { BodyError } from './body.js';
import { summaryOf, viewOf } from './hub-view.js';

export interface HubRequest {
  readonly method: string;
  /** Decoded, without the empty one at the start: `['hubs', 'vigil']`. */
  readonly path: readonly string[];
  /** The `Authorization` header. */
  readonly authorization: string | undefined;
  /** Read only once the token is good. @throws BodyError */
  readonly body: () => Promise<unknown>;
}

export interface HubAnswer {
  readonly status: number;
  readonly body: object;
}

const Create = z.strictObject({
  name: z.string(),
  partitions: z.number(),
  consumerGroups: z.array(z.string()).default([]),
  retention: RetentionSchema.default(DEFAULT_RETENTION),
});

const STATUS: Record<HubRefusal['reason'], number> = { invalid: 400, missing: 404, exists: 409, 'in-use': 409, limit: 409 };
const failed = (status: number, error: string, message: string): HubAnswer => ({ status, body: { error, message } });

/**
 * Reads and changes hubs. Each request carries a shared access signature of a key with the right Manage whose resource
 * is the namespace or, for one hub, that hub. Nothing is told without it, not even which hubs there are.
 */
export async function answerHubRequest(hubs: Hubs, broker: Broker, request: HubRequest): Promise<HubAnswer> {
  const [, name] = request.path;
  const verdict = verifySas(broker.keys, request.authorization ?? '', `/${name ?? ''}`, broker.clock.wallMs());
  if (!verdict.ok) {
    broker.metrics.authFailures.inc({ reason: verdict.reason });
    return failed(
      401,
      'unauthorized',
      `the token is refused: ${verdict.reason}; send a shared access signature of the key admin`,
    );
  }
  if (!verdict.rights.includes('Manage')) {
    broker.metrics.authFailures.inc({ reason: 'rights' });
    return failed(403, 'forbidden', 'this needs a key with the right Manage');
  }
  try {
    const answer = await route(hubs, broker, request);
    if (request.method !== 'GET' && answer.status < 300)
      broker.log.info({ key: verdict.keyName, hub: name }, 'hubs were changed');
    return answer;
  } catch (e) {
    if (e instanceof BodyError) return failed(e.status, 'invalid', e.message);
    if (e instanceof LogError && e.retryable) return failed(503, e.code, e.message);
    const { code } = e as { code?: unknown };
    broker.log.error({ code: typeof code === 'string' ? code : 'unexpected' }, 'a request to change or show hubs failed');
    return failed(503, 'failed', 'this failed; the log of the hub has the code');
  }
}

async function route(hubs: Hubs, broker: Broker, { method, path, body }: HubRequest): Promise<HubAnswer> {
  const [, name, what, item] = path;
  const shown = (status: number) => (result: HubResult<OpenHub>) =>
    result.ok
      ? { status, body: viewOf(result.value, broker.links) }
      : failed(STATUS[result.reason], result.reason, result.message);
  if (name === undefined) {
    if (method === 'GET') return { status: 200, body: { hubs: hubs.list().map(summaryOf) } };
    if (method === 'POST') return shown(201)(await hubs.create(parse(Create, await body())));
    return notAllowed('GET, POST');
  }
  const hub = hubs.get(name);
  if (hub === undefined) return failed(404, 'missing', `there is no hub ${name.slice(0, 50)}`);
  if (what === undefined) {
    return method === 'GET' ? { status: 200, body: viewOf(hub, broker.links) } : notAllowed('GET');
  }
  if (what === 'retention' && item === undefined) {
    if (method !== 'PUT') return notAllowed('PUT');
    return shown(200)(await hubs.setRetention(name, parse(RetentionSchema, await body())));
  }
  if (what === 'groups' && item !== undefined && path.length === 4) {
    if (method === 'PUT') return shown(200)(await hubs.addGroup(name, item));
    if (method !== 'DELETE') return notAllowed('PUT, DELETE');
    const inGroup = (): number => broker.links.readersOf(hub.name).filter((r) => r.group === item.toLowerCase()).length;
    return shown(200)(await hubs.removeGroup(name, item, inGroup));
  }
  return failed(404, 'missing', 'there is no such address');
}

const notAllowed = (methods: string): HubAnswer => failed(405, 'method', `this address takes ${methods}`);

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new BodyError(400, `${issue!.path.join('.') || 'body'}: ${issue!.message}`);
}
