import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor, StreamableFile } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { mergeMap, type Observable } from 'rxjs';
import { contextOf } from '../access/request-context.js';
import { AuditWriter } from './audit-writer.js';

/** Nothing about a patient leaves before its audit row is stored. Refusals are written by the problem filter. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(private readonly audit: AuditWriter) {}

  intercept(host: ExecutionContext, next: CallHandler): Observable<unknown> {
    const context = contextOf(host.switchToHttp().getRequest<FastifyRequest>());
    return next.handle().pipe(
      mergeMap(async (answer: unknown) => {
        try {
          await this.audit.allowed(context);
        } catch (error) {
          // Nobody will read it now: what it holds open, and its place among others, is given back.
          if (answer instanceof StreamableFile) answer.getStream().destroy();
          throw error;
        }
        return answer;
      }),
    );
  }
}
