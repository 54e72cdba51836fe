import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { InvariantError, PlatformError } from '@vigil/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { contextOrNull } from '../access/request-context.js';
import { AuditWriter } from '../audit/audit-writer.js';
import { answerTo } from './problem.js';

/** Every error leaves as problem+json, after its audit row. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  constructor(private readonly audit: AuditWriter) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const context = contextOrNull(request);
    const { problem, headers } = answerTo(error);
    if (problem.status >= 500) {
      this.logger.error({ code: problem.code, route: context?.route ?? 'none', ...factsOf(error) }, 'request failed');
    }
    if (context !== null) await this.audit.notAllowed(context, error);
    if (reply.sent) return;
    void reply
      .status(problem.status)
      .headers({ ...headers, 'content-type': 'application/problem+json; charset=utf-8', 'cache-control': 'no-store' })
      .send(JSON.stringify(problem));
  }
}

/**
 * What a log may say of an error. Messages of foreign errors stay out, because a driver may quote the row that it
 * failed on; the frames of the stack say where it was.
 */
function factsOf(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error };
  const frames = (error.stack ?? '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 8);
  const own = error instanceof PlatformError || error instanceof InvariantError;
  const cause = error.cause instanceof Error ? { cause: error.cause.name } : {};
  return { error: error.name, ...(own ? { says: error.message } : {}), ...cause, frames };
}
