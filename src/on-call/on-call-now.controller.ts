import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CareUnitId, EpochMs, type OnCallNow, type Schedule, type StaffId } from '@vigil/contracts';
import { may, onCallPicture, plannedShifts } from '@vigil/domain';
import { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { AppClock } from '../ports/app-clock.js';
import { Directory } from '../ports/directory.js';
import { OnCall } from '../ports/on-call.js';
import { OnCallDesk } from './desk.js';

const NowQuery = z.object({ careUnit: CareUnitId.optional() });
const AHEAD_MS = 14 * 86_400_000;
const NOTES_MS = 3 * 86_400_000;
const ROLES_MAX = 500;

type Person = OnCallNow['schedules'][number]['people'][number];

/** Whom a page would tell now. */
@ApiTags('on-call')
@Controller('api/v1/on-call/now')
export class OnCallNowController {
  constructor(
    private readonly onCall: OnCall,
    private readonly directory: Directory,
    private readonly desk: OnCallDesk,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('on-call.read')
  @Endpoint({
    summary: 'Show who is on call now by each schedule and role, until when, and who comes next',
    description: 'Whether a page reaches a person is shown to who may know it in that care unit.',
    query: NowQuery,
    answer: 'OnCallNow',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  async now(@Context() context: RequestContext, @Query() query: unknown): Promise<OnCallNow> {
    const { careUnit } = parse(NowQuery, query, 'query');
    const wallMs = Math.floor(this.clock.wallMs());
    const schedules = await this.onCall.schedules({ careUnitId: careUnit });
    const duties = await this.directory.assignments({ limit: ROLES_MAX, careUnitId: careUnit, atWallMs: wallMs });
    const pictures = await this.pictures(schedules, wallMs);
    const staffIds = [...pictures.flatMap(({ people }) => people), ...duties.items].map(({ staffId }) => staffId);
    const reach = await this.onCall.reachable([...new Set(staffIds)], wallMs);
    const nameOf = await this.desk.names();
    const person = (staffId: StaffId, toMs: number | null, careUnitId: CareUnitId): Person => ({
      staffId,
      name: nameOf(staffId),
      toMs: toMs === null ? null : EpochMs.parse(toMs),
      reachability: may(context.caller, 'contact.read', { careUnitIds: [careUnitId] }).allowed
        ? (reach.get(staffId) ?? null)
        : null,
    });
    return {
      atMs: EpochMs.parse(wallMs),
      schedules: pictures.map(({ schedule, people, next, newestNoteMs }) => ({
        ...{ scheduleId: schedule.scheduleId, label: schedule.content.label, careUnitId: schedule.content.careUnitId },
        people: people.map(({ staffId, toMs }) => person(staffId, toMs, schedule.content.careUnitId)),
        next: next === null ? null : { ...next, name: nameOf(next.staffId), fromMs: EpochMs.parse(next.fromMs) },
        newestNoteMs,
      })),
      roles: duties.items.map(({ staffId, toMs, careUnitId, role, bedId }) => ({
        ...person(staffId, toMs, careUnitId),
        ...{ role, careUnitId, bedId },
      })),
    };
  }

  private async pictures(schedules: readonly Schedule[], wallMs: number) {
    const ids = schedules.map(({ scheduleId }) => scheduleId);
    const span = { fromMs: wallMs, toMs: wallMs + AHEAD_MS };
    const plans = await this.onCall.plans(ids, span);
    const notes = await this.onCall.newestNotes(ids, wallMs - NOTES_MS);
    return schedules.map((schedule) => {
      const newest = notes.get(schedule.scheduleId);
      return {
        ...{ schedule, newestNoteMs: newest === undefined ? null : EpochMs.parse(newest) },
        ...onCallPicture(plannedShifts(plans.get(schedule.scheduleId)!, span), wallMs, span.toMs),
      };
    });
  }
}
