import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type CareUnitId, EpochMs, type Override, type ShiftPlan, ShiftPreview } from '@vigil/contracts';
import { type KnownOverride, ON_CALL_ASKED_MS_MAX, type OnCallPlan, plannedShifts } from '@vigil/domain';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { AppClock } from '../ports/app-clock.js';
import { OnCall } from '../ports/on-call.js';
import { refuseWith } from './answered.js';
import { overrideErrors, scheduleErrors } from './checks.js';
import { OnCallDesk } from './desk.js';
import { READ_PROBLEMS } from './schedules.controller.js';

const NOTHING: OnCallPlan = { versions: [], overrides: [] };

/** What a change of a schedule would mean, before anybody makes it. */
@ApiTags('on-call')
@Controller('api/v1/on-call/preview')
export class PreviewController {
  constructor(
    private readonly onCall: OnCall,
    private readonly desk: OnCallDesk,
    private readonly clock: AppClock,
  ) {}

  @Post()
  @Requires('on-call.manage')
  @Endpoint({
    summary: 'Show who would be on call when, and when nobody would be, and keep nothing',
    description: 'Wall time, at most 400 days. With the overrides that are there.',
    body: 'ShiftPreview',
    answer: 'ShiftPlan',
    status: 200,
    problems: READ_PROBLEMS,
  })
  async preview(@Context() context: RequestContext, @Body() body: unknown): Promise<ShiftPlan> {
    const asked = parse(ShiftPreview, body, 'body');
    const wallMs = Math.floor(this.clock.wallMs());
    context.subject(`schedule:${asked.scheduleId ?? 'new'}`, null, 'preview');
    await this.requireScope(context, asked);
    const span = spanOf(asked, wallMs);
    const site = await this.desk.site();
    if (asked.content !== undefined) refuseWith(scheduleErrors(asked.content, site));
    if (asked.override !== undefined) refuseWith(overrideErrors(asked.override, site, wallMs));
    const plans = asked.scheduleId === null ? null : await this.onCall.plans([asked.scheduleId], span);
    const plan = asked.scheduleId === null ? NOTHING : (plans?.get(asked.scheduleId) ?? NOTHING);
    const { shifts, gaps } = plannedShifts(changed(plan, asked, wallMs), span);
    const nameOf = await this.desk.names();
    return {
      ...span,
      shifts: shifts.map((shift) => ({ ...shift, name: nameOf(shift.staffId) })),
      gaps: gaps.map((gap) => ({ fromMs: EpochMs.parse(gap.fromMs), toMs: EpochMs.parse(gap.toMs) })),
    };
  }

  /** For the care unit of the schedule and for the one that it would have. @throws OutOfScope */
  private async requireScope(context: RequestContext, { scheduleId, content }: ShiftPreview): Promise<void> {
    const units: CareUnitId[] = content === undefined ? [] : [content.careUnitId];
    if (scheduleId !== null) await this.desk.findToManage(context, scheduleId);
    else if (units.length === 0) throw new InvalidRequest([{ path: 'body.scheduleId', message: 'a schedule, or content' }]);
    for (const unit of units) context.requireScope('on-call.manage', unit);
  }
}

/** The plan as if this were done now. */
function changed(plan: OnCallPlan, { content, override, without }: ShiftPreview, wallMs: number): OnCallPlan {
  const kept = plan.overrides.map((each) => (each.overrideId === without ? { ...each, voidedMs: wallMs } : each));
  const seq = Math.max(0, ...kept.map((each) => each.seq)) + 1;
  const known: readonly KnownOverride[] =
    override === undefined ? [] : [{ ...(override as Omit<Override, 'overrideId' | 'seq'>), ...PREVIEWED, seq, setMs: wallMs }];
  if (content === undefined) return { versions: plan.versions, overrides: [...kept, ...known] };
  const before = plan.versions
    .filter(({ fromMs }) => fromMs < wallMs)
    .map((version) => ({ ...version, toMs: Math.min(version.toMs ?? wallMs, wallMs) }));
  return { versions: [...before, { fromMs: wallMs, toMs: null, content }], overrides: [...kept, ...known] };
}

const PREVIEWED = { overrideId: 'preview', voidedMs: null } as const;

/** Of a new schedule what is ahead: it has nobody before now, and that is no gap which it leaves. */
function spanOf({ scheduleId, toMs, ...asked }: ShiftPreview, wallMs: number): Pick<ShiftPlan, 'fromMs' | 'toMs'> {
  const fromMs = scheduleId === null && wallMs < toMs ? EpochMs.parse(Math.max(asked.fromMs, wallMs)) : asked.fromMs;
  if (toMs > fromMs && toMs - fromMs <= ON_CALL_ASKED_MS_MAX) return { fromMs, toMs };
  throw new InvalidRequest([{ path: 'body.toMs', message: 'later than fromMs, and at most 400 days' }]);
}
