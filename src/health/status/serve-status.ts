import type { FastifyInstance } from 'fastify';
import { isOfThisMachine } from '../this-machine.js';
import { statusFacts, type StatusSources } from './status-facts.js';
import { STATUS_PATH, STATUS_STYLE, STATUS_STYLE_PATH, statusPage } from './status-page.js';

const REFUSED = 'The status page is for this machine (or a tunnel to it), or with the token of a service: see docs/access.md.\n';

/**
 * The status page of a process with an API. From this machine, or with the token of a service, as `/metrics`; it asks no store who
 * somebody is, so that it is there when the store is not.
 */
export function serveStatus(
  fastify: FastifyInstance,
  sources: StatusSources,
  isService: (authorization: string) => boolean,
): void {
  fastify.get(STATUS_PATH, async (request, reply) => {
    if (!isOfThisMachine(request) && !isService(request.headers.authorization ?? '')) {
      return reply.status(403).header('content-type', 'text/plain; charset=utf-8').send(REFUSED);
    }
    return reply.header('content-type', 'text/html; charset=utf-8').send(statusPage(await statusFacts(sources)));
  });
  fastify.get(STATUS_STYLE_PATH, (_request, reply) => reply.header('content-type', 'text/css; charset=utf-8').send(STATUS_STYLE));
}
