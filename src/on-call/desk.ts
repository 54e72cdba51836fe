import { Injectable } from '@nestjs/common';
import { type CareUnitId, type Schedule, ScheduleId, type StaffId } from '@vigil/contracts';
import { may, PlatformError, plannedShifts } from '@vigil/domain';
import { OutOfScope, type RequestContext } from '../access/request-context.js';
import { parse } from '../http/invalid-request.js';
import { AppClock } from '../ports/app-clock.js';
import { Directory } from '../ports/directory.js';
import { OnCall } from '../ports/on-call.js';
import type { KnownSite } from './checks.js';

/** Whoever has a turn within so long of now reads and writes hand-over notes, wherever they are. */
const ABOUT_NOW_MS = 24 * 3_600_000;

/** What the controllers of schedules share: which schedule is meant, who may, and who is there. */
@Injectable()
export class OnCallDesk {
  constructor(
    private readonly onCall: OnCall,
    private readonly directory: Directory,
    private readonly clock: AppClock,
  ) {}

  /** Says to the audit trail which schedule it is. @throws PlatformError('not-found') */
  async find(context: RequestContext, id: unknown): Promise<Schedule> {
    const scheduleId = parse(ScheduleId, id, 'params.scheduleId');
    context.subject(`schedule:${scheduleId}`);
    const schedule = await this.onCall.schedule(scheduleId);
    if (schedule === null) throw new PlatformError('not-found', { ids: [`schedule:${scheduleId}`] });
    return schedule;
  }

  /** @throws OutOfScope where the caller plans for other care units alone */
  async findToManage(context: RequestContext, id: unknown): Promise<Schedule> {
    const schedule = await this.find(context, id);
    context.requireScope('on-call.manage', schedule.content.careUnitId);
    return schedule;
  }

  /** For its hand-over notes. @throws OutOfScope for who neither works in its care unit nor has a turn about now */
  async findForNotes(context: RequestContext, id: unknown): Promise<Schedule> {
    const schedule = await this.find(context, id);
    const { scheduleId, content } = schedule;
    const decision = may(context.caller, 'on-call.notes', { careUnitIds: [content.careUnitId] });
    if (decision.allowed) return schedule;
    const wallMs = Math.floor(this.clock.wallMs());
    const span = { fromMs: Math.max(0, wallMs - ABOUT_NOW_MS), toMs: wallMs + ABOUT_NOW_MS };
    const plan = (await this.onCall.plans([scheduleId], span)).get(scheduleId);
    const shifts = plan === undefined ? [] : plannedShifts(plan, span).shifts;
    if (!shifts.some(({ staffId }) => staffId === context.person.staffId)) throw new OutOfScope(decision.reason);
    return schedule;
  }

  /** Why somebody is away is for who plans, not for everybody who may see who is on call. */
  mayKnowWhy(context: RequestContext, careUnitId: CareUnitId): boolean {
    return may(context.caller, 'on-call.manage', { careUnitIds: [careUnitId] }).allowed;
  }

  async site(): Promise<KnownSite> {
    const [staff, units] = [await this.directory.staff(), await this.directory.careUnits()];
    return {
      staffIds: new Set(staff.map(({ staffId }) => staffId)),
      careUnitIds: new Set(units.map(({ careUnitId }) => careUnitId)),
    };
  }

  /** A person's name, for who is shown. */
  async names(): Promise<(staffId: StaffId) => string> {
    const names = new Map((await this.directory.staff()).map(({ staffId, name }) => [staffId, name]));
    return (staffId) => names.get(staffId) ?? staffId;
  }
}
