import { Injectable } from '@nestjs/common';
import type { AlarmId, BreakGlassId, CareUnitId, PatientId, StaffId } from '@vigil/contracts';
import { type Action, type Decision, may, mayAnywhere, type Subject, treatingRelation, UNDER_BREAK_GLASS } from '@vigil/domain';
import { AppClock } from '../ports/app-clock.js';
import { BreakGlass } from '../ports/break-glass.js';
import { CareRelations } from '../ports/care-relations.js';
import type { Caller } from './caller.js';
import { OutOfScope, type RequestContext } from './request-context.js';

/** What somebody asks for, before anything is known of what the caller is to the patient. */
export interface Place {
  /** Care units in which it shows now; none for what lies nowhere, such as a stay that is over. */
  readonly careUnitIds: readonly CareUnitId[];
  /** Whom it is about; null for nobody. */
  readonly patientId: PatientId | null;
  readonly alarmId?: AlarmId;
}

export interface AccessDecision extends Decision {
  /** The caller's open break-glass grant for this patient, whether it was needed or not. */
  readonly grantId: BreakGlassId | null;
}

/** What a list may show. Null: everything. */
export interface Visible {
  /** What shows in one of these care units … */
  readonly careUnitIds: readonly CareUnitId[];
  /** … and what is about one of these patients. */
  readonly patientIds: readonly PatientId[];
}

/**
 * Fetches the facts that `may` decides from. It asks the store as late as it can: most requests are allowed by the care
 * unit, and more facts never take a right away.
 */
@Injectable()
export class Access {
  constructor(
    private readonly relations: CareRelations,
    private readonly breakGlass: BreakGlass,
    private readonly clock: AppClock,
  ) {}

  /**
   * Lets the request go on, under the caller's break-glass grant for this patient where there is one: somebody who has
   * declared an emergency is not held up by the audit trail, whatever else allows the request (D28).
   *
   * @throws OutOfScope: told as 404, because ids can be guessed; PlatformError('store-unavailable')
   */
  async require(context: RequestContext, action: Action, place: Place): Promise<void> {
    const { allowed, reason, grantId } = await this.decide(context.caller, action, place);
    if (!allowed) throw new OutOfScope(reason);
    if (grantId !== null) context.actUnder(grantId);
  }

  /** @throws PlatformError('store-unavailable') */
  async decide(caller: Caller, action: Action, place: Place): Promise<AccessDecision> {
    const { careUnitIds, patientId, alarmId } = place;
    const staffId = caller.user?.staffId ?? null;
    if (staffId === null || !mayAnywhere(caller, action).allowed) {
      return { ...may(caller, action, { careUnitIds }), grantId: null };
    }
    const grantId = await this.grantFor(staffId, action, patientId);
    const first = may(caller, action, { careUnitIds });
    if (first.allowed) return { ...first, grantId };
    const patient =
      patientId === null
        ? null
        : { patientId, relation: await this.relation(caller, staffId, patientId), breakGlass: grantId !== null };
    const paged = alarmId !== undefined && (await this.relations.isPagedFor(staffId, alarmId));
    return { ...may(caller, action, { careUnitIds, patient, paged }), grantId };
  }

  /**
   * Whom a list may show, for the store to filter by, so that pages are full. What only a break-glass grant opens is in
   * no list: it is asked for by itself, so that each look at it is marked. @throws PlatformError('store-unavailable')
   */
  async visible(caller: Caller, action: Action): Promise<Visible | null> {
    const allows = (subject: Subject): boolean => may(caller, action, subject).allowed;
    if (allows({ careUnitIds: [] })) return null;
    const careUnitIds = caller.careUnitIds.filter((careUnitId) => allows({ careUnitIds: [careUnitId] }));
    const staffId = caller.user?.staffId ?? null;
    if (staffId === null || !mayAnywhere(caller, action).allowed) return { careUnitIds, patientIds: [] };
    const wallMs = this.clock.wallMs();
    const patientIds = (await this.relations.around(staffId)).flatMap((facts) => {
      const { patientId } = facts;
      const relation = treatingRelation(facts, caller.roles, wallMs);
      return allows({ careUnitIds: [], patient: { patientId, relation, breakGlass: false } }) ? [patientId] : [];
    });
    return { careUnitIds, patientIds };
  }

  private async relation(caller: Caller, staffId: StaffId, patientId: PatientId) {
    return treatingRelation(await this.relations.between(staffId, patientId), caller.roles, this.clock.wallMs());
  }

  private grantFor(staffId: StaffId, action: Action, patientId: PatientId | null): Promise<BreakGlassId | null> {
    if (patientId === null || !UNDER_BREAK_GLASS.has(action)) return Promise.resolve(null);
    return this.breakGlass.openGrant(staffId, patientId, this.clock.wallMs());
  }
}
