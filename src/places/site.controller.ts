import { Body, Controller, Get, Headers, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type SiteDiff, SiteImport } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { changeOf, type CommandHeaders } from '../http/commands.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { IDEMPOTENCY_KEY_FORM } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { SiteStore } from '../ports/site-store.js';
import { exportSite } from '../site/site-export.js';
import { importSite, lookAt, SiteFileRefused } from '../site/site-import.js';

const ImportQuery = z.object({ dryRun: z.enum(['true', 'false']).default('true') });
const HEADERS = {
  'If-Match': { required: false, meaning: 'The ETag of the dry run. Needed with `dryRun=false`.', form: z.string().max(40) },
  'Idempotency-Key': {
    required: false,
    meaning: 'A UUID. The same key sent again does nothing. Needed with `dryRun=false`.',
    form: IDEMPOTENCY_KEY_FORM,
  },
} as const;
const READ_PROBLEMS = ['unauthenticated', 'forbidden', 'store-unavailable'] as const;

/** The site as a file, out and in. Nothing of a patient is in it. */
@ApiTags('site')
@Controller('api/v1/site')
export class SiteController {
  constructor(
    private readonly store: SiteStore,
    private readonly clock: AppClock,
  ) {}

  @Get('export')
  @Requires('site.export')
  @Endpoint({
    summary: 'Take the site out as a file (YAML): care units, beds and their names, devices, standing assignments of staff',
    answer: 'other',
    media: ['application/yaml'],
    problems: READ_PROBLEMS,
  })
  async export(@Context() context: RequestContext, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    context.subject('site');
    const text = exportSite(await this.store.now());
    void reply.header('content-type', 'application/yaml; charset=utf-8');
    return text;
  }

  @Post('import')
  @Requires('site.import')
  @Endpoint({
    summary: 'Say what a file would do to the site, or do it',
    description:
      'With `dryRun=true` (the default) nothing changes; the answer has an ETag. `dryRun=false` with that in If-Match does what was looked at, all of it or nothing: `import-stale` when it would do something else by now, `conflict` when something of it can not be done. A list that the file leaves out stays as it is; what a list lacks is retired.',
    query: ImportQuery,
    headers: HEADERS,
    body: 'SiteImport',
    answer: 'SiteDiff',
    status: 200,
    problems: [...READ_PROBLEMS, 'conflict', 'import-stale', 'precondition-required'],
  })
  async import(
    @Context() context: RequestContext,
    @Query() query: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SiteDiff> {
    const isDry = parse(ImportQuery, query, 'query').dryRun === 'true';
    const { file: text } = parse(SiteImport, body, 'body');
    context.subject('site', null, isDry ? 'dry run' : '');
    try {
      if (!isDry) return await this.apply(context, headers, text);
      const { diff, etag } = await lookAt(this.store, text);
      void reply.header('etag', etag);
      return diff;
    } catch (error) {
      if (!(error instanceof SiteFileRefused)) throw error;
      throw new InvalidRequest(
        error.problems.map(({ line, column, path, message }) => ({
          path: `body.file:${line}:${column}`,
          message: path === '' ? message : `${path}: ${message}`,
        })),
      );
    }
  }

  private async apply(context: RequestContext, headers: CommandHeaders, text: string): Promise<SiteDiff> {
    const etag = headers['if-match']?.trim() ?? '';
    if (etag === '') throw new PlatformError('precondition-required');
    const change = changeOf(context, headers, this.clock, 'import');
    const { diff, repeated } = await importSite(this.store, { text, etag }, change);
    if (repeated) context.commandRepeated();
    return diff;
  }
}
