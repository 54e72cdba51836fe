import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { BedId, type BedView, CareUnitId, type Page } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { z } from 'zod';
import { Access } from '../access/access.js';
import { Context, Requires } from '../access/access.decorators.js';
import { within } from '../access/caller.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { Directory } from '../ports/directory.js';
import { BedIndex } from './bed-index.js';
import { bedView } from './bed-view.js';
import { LiveScores } from './live-scores.js';
import { LiveVitals } from './live-vitals.js';

const BedQuery = z.object({ careUnit: CareUnitId.optional() });

/** Beds as they are now: who lies there, who cares for them, and the newest readings. */
@ApiTags('beds')
@Controller('api/v1/beds')
export class BedsController {
  constructor(
    private readonly directory: Directory,
    private readonly index: BedIndex,
    private readonly vitals: LiveVitals,
    private readonly scores: LiveScores,
    private readonly access: Access,
  ) {}

  @Get()
  @Requires('bed.read')
  @Endpoint({
    summary: 'List the beds of the care units that you work in',
    query: BedQuery,
    answer: 'BedList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  async list(@Context() context: RequestContext, @Query() query: unknown): Promise<Page<BedView>> {
    const { careUnit } = parse(BedQuery, query, 'query');
    const rows = within(context.caller, 'bed.read', await this.directory.beds(careUnit));
    const patients = rows.flatMap((row) => row.encounter?.patientId ?? []);
    const object = careUnit === undefined ? 'beds' : `careUnit:${careUnit}`;
    context.subject(object, patients, `${rows.length} beds`);
    await this.index.loaded();
    return { items: rows.map((row) => bedView(row, this.vitals, this.index.limitsOf(row), this.scores.of(row))), next: null };
  }

  @Get(':bedId')
  @Requires('bed.read')
  @Endpoint({
    summary: 'Show one bed',
    params: { bedId: BedId },
    answer: 'Bed',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async show(@Context() context: RequestContext, @Param('bedId') id: unknown): Promise<BedView> {
    const bedId = parse(BedId, id, 'params.bedId');
    context.subject(`bed:${bedId}`);
    const row = await this.directory.bed(bedId);
    if (row === null) throw new PlatformError('not-found', { ids: [`bed:${bedId}`] });
    const patientId = row.encounter?.patientId ?? null;
    context.subject(`bed:${bedId}`, patientId);
    await this.access.require(context, 'bed.read', { careUnitIds: [row.careUnitId], patientId });
    await this.index.loaded();
    return bedView(row, this.vitals, this.index.limitsOf(row), this.scores.of(row));
  }
}
