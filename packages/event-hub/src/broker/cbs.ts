import { type Grants, rightsNeeded } from '../auth/grants.js';
import { verifySas } from '../auth/sas.js';
import { parseEntity } from '../wire/address.js';
import { CONDITION, type Message } from './amqp.js';
import { type Broker, partitionIndex } from './broker.js';
import { type Answer, textOf } from './requests.js';

/**
 * Answers a put-token request and keeps what it grants.
 *
 * Everything that can be checked is checked here, because a client learns little when its attach is refused: 401 for
 * token, key and rights (which clients retry), 404 for a hub, group or partition that does not exist (which they don't).
 */
export function putToken(broker: Broker, grants: Grants, request: Message): Answer {
  const audience = textOf(request, 'name');
  const type = textOf(request, 'type');
  if (textOf(request, 'operation') !== 'put-token' || audience === null || typeof request.body !== 'string') {
    return { status: 400, description: 'a put-token request with a name and a token is expected' };
  }
  if (type !== 'servicebus.windows.net:sastoken') return refuse(broker, 'kind', 'only shared access signatures are supported');
  const verdict = verifySas(broker.keys, request.body, audience, broker.clock.wallMs());
  if (!verdict.ok) return refuse(broker, verdict.reason, `the token is refused: ${verdict.reason}`);
  const needed = rightsNeeded(audience);
  if (needed === null || !exists(broker, audience)) return notFound(audience);
  const holds = verdict.rights.includes('Manage') || verdict.rights.some((right) => needed.includes(right));
  if (!holds) return refuse(broker, 'rights', `this needs the right ${needed.join(' or ')}`);
  if (!grants.add(audience, verdict.rights, verdict.expiresAtMs))
    return refuse(broker, 'too-many', 'too many tokens on one connection');
  return { status: 202, description: 'Accepted' };
}

function refuse(broker: Broker, reason: string, description: string): Answer {
  broker.metrics.authFailures.inc({ reason });
  return { status: 401, description, condition: CONDITION.unauthorized };
}

function notFound(audience: string): Answer {
  return {
    status: 404,
    description: `The messaging entity '${audience.slice(0, 256)}' could not be found`,
    condition: CONDITION.notFound,
  };
}

/** Does what the audience names exist here? */
export function exists(broker: Broker, address: string): boolean {
  const entity = parseEntity(address);
  if (entity === null) return false;
  if (entity.kind === 'namespace' || entity.kind === 'cbs') return true;
  if (entity.kind === 'management' && entity.hub === null) return true;
  const hub = broker.hubs.get(entity.hub!);
  if (hub === undefined) return false;
  if ('group' in entity && !hub.groups.has(entity.group)) return false;
  return !('partition' in entity) || partitionIndex(hub, entity.partition) !== null;
}
