import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerTo } from './problem.js';
import { PlatformError } from '@vigil/domain';

/** First parts of paths that belong to programs: an unknown one is 404, never the page of the dashboard. */
const NOT_PAGES = /^\/(api|health|metrics|socket\.io|assets|openapi\.json)(\/|$)/;

/**
 * Serves the built dashboard from the same origin as the API: `/` and any other page to `index.html`, `/p/<token>` to
 * `pager.html`, `/assets` for ever, because their names carry a hash of their content. Each as the build has compressed it, where
 * the browser takes that: nothing of a person is in these files, so their length tells nothing (BREACH).
 */
export async function serveDashboard(fastify: FastifyInstance, folder: string): Promise<void> {
  await fastify.register(fastifyStatic, { root: folder, serve: false, preCompressed: true });
  const topFiles = new Set(
    readdirSync(folder, { withFileTypes: true }).flatMap((f) => (f.isFile() && !/\.(br|gz)$/.test(f.name) ? [f.name] : [])),
  );
  const page = (file: string) => (_request: FastifyRequest, reply: FastifyReply) =>
    reply.header('cache-control', 'no-store').sendFile(file, { cacheControl: false });
  fastify.get('/', page('index.html'));
  fastify.get('/p/:token', page('pager.html'));
  fastify.get<{ Params: { '*': string } }>('/assets/*', (request, reply) => {
    const file = join('assets', request.params['*']);
    if (!file.startsWith('assets') || !existsSync(join(folder, file))) return notFound(reply);
    return reply.header('cache-control', 'public, max-age=31536000, immutable').sendFile(file, { cacheControl: false });
  });
  fastify.get<{ Params: { '*': string } }>('/*', (request, reply) => {
    const path = `/${request.params['*']}`;
    const name = path.slice(1);
    if (topFiles.has(name))
      return reply
        .header('cache-control', name.endsWith('.html') ? 'no-store' : 'no-cache')
        .sendFile(name, { cacheControl: false });
    if (NOT_PAGES.test(path) || /\.[a-z0-9]+$/i.test(path)) return notFound(reply);
    return reply.header('cache-control', 'no-store').sendFile('index.html', { cacheControl: false });
  });
}

function notFound(reply: FastifyReply): FastifyReply {
  const { problem } = answerTo(new PlatformError('not-found'));
  return reply.status(404).header('content-type', 'application/problem+json; charset=utf-8').send(JSON.stringify(problem));
}
