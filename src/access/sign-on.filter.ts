import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { PlatformError } from '@vigil/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuditWriter } from '../audit/audit-writer.js';
import { ServerConfig } from '../server-config.js';
import { contextOrNull } from './request-context.js';
import { type SignOnProblem, SignOnRefused } from './sign-on.js';
import { clearedAttemptCookie, problemCookie, PROBLEM_PATH } from './sign-on-cookies.js';

/**
 * A sign-in at the provider happens in the browser's address bar, so its errors are a page and no JSON: the audit row,
 * then on to the page that says what to do. Why is in a cookie for that page alone, never in the URL.
 */
@Catch()
export class SignOnFilter implements ExceptionFilter {
  private readonly logger = new Logger('sign-on');

  constructor(
    private readonly audit: AuditWriter,
    private readonly config: ServerConfig,
  ) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const context = contextOrNull(http.getRequest<FastifyRequest>());
    const problem = problemFor(error);
    this.logger.warn({ problem, ...reasonOf(error) }, 'sign-in at the provider failed');
    if (context !== null) await this.audit.notAllowed(context, error);
    if (reply.sent) return;
    const { secure } = this.config;
    void reply
      .status(303)
      .headers({ location: PROBLEM_PATH, 'cache-control': 'no-store' })
      .header('set-cookie', [clearedAttemptCookie(secure), problemCookie(problem, secure)])
      .send();
  }
}

function problemFor(error: unknown): SignOnProblem {
  if (error instanceof SignOnRefused) return error.problem;
  if (!(error instanceof PlatformError)) return 'fault';
  if (error.code === 'identity-provider-unavailable') return 'provider-away';
  if (error.code === 'too-many-attempts') return 'too-many';
  return error.code === 'not-found' || error.code === 'invalid-request' ? 'begin-again' : 'fault';
}

/** Codes along the chain of causes: for whoever sets the provider up. Messages stay out, they may name a person. */
function reasonOf(error: unknown): Readonly<Record<string, string>> {
  const codes: string[] = [];
  for (let at: unknown = error; at instanceof Error && codes.length < 6; at = at.cause) {
    const { code } = at as { readonly code?: unknown };
    codes.push(typeof code === 'string' && /^[\w-]{1,60}$/.test(code) ? code : at.name);
  }
  return { codes: codes.join(' < ') };
}
