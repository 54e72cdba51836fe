import { Injectable } from '@nestjs/common';
import { BedId, type CareUnitId, type PatientId } from '@vigil/contracts';
import { may, PlatformError } from '@vigil/domain';
import { Access } from './access.js';
import { OutOfScope, type RequestContext } from './request-context.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { CareRelations, type StayInBed } from '../ports/care-relations.js';
import { type Span, visibleTime } from './visible-time.js';

/** Each stay in the range costs a decision. */
const STAYS_MAX = 200;

/** What of a bed's past somebody may look at. */
export interface Visible {
  readonly bedId: BedId;
  readonly spans: readonly Span[];
  /** Of patients whom the caller treats, oldest first. */
  readonly stays: readonly StayInBed[];
}

/** Decides, and audits the answer, for every way to what a bed has measured. */
@Injectable()
export class HistoryAccess {
  constructor(
    private readonly relations: CareRelations,
    private readonly access: Access,
  ) {}

  /**
   * @param detail what is asked for, as the audit trail keeps it
   * @throws OutOfScope when there is nothing in the range that the caller may look at
   */
  async visible(context: RequestContext, id: unknown, range: Span, detail: string): Promise<Visible> {
    const bedId = parse(BedId, id, 'params.bedId');
    if (range.fromMs >= range.toMs) throw new InvalidRequest([{ path: 'query.to', message: 'later than from' }]);
    context.subject(`bed:${bedId}`);
    const careUnitId = await this.relations.careUnitOf(bedId);
    if (careUnitId === null) throw new PlatformError('not-found', { ids: [`bed:${bedId}`] });
    const stays = await this.relations.staysIn(bedId, range.fromMs, range.toMs);
    if (stays.length > STAYS_MAX)
      throw new InvalidRequest([{ path: 'query.to', message: `at most ${STAYS_MAX} stays after from` }]);
    return this.decided(context, { bedId, careUnitId, stays, range }, detail);
  }

  private async decided(
    context: RequestContext,
    bed: { readonly bedId: BedId; readonly careUnitId: CareUnitId; readonly stays: readonly StayInBed[]; readonly range: Span },
    detail: string,
  ): Promise<Visible> {
    const { bedId, careUnitId, stays, range } = bed;
    const { caller } = context;
    const treated = new Set<PatientId>();
    const everybody = [...new Set(stays.map((stay) => stay.patientId))];
    let reason = 'the actor does not work in its care unit now';
    for (const patientId of everybody) {
      const decision = await this.access.decide(caller, 'history.read', { careUnitIds: [careUnitId], patientId });
      if (decision.allowed) treated.add(patientId);
      else reason = decision.reason;
      if (decision.allowed && decision.grantId !== null) context.actUnder(decision.grantId);
    }
    const inUnit = may(caller, 'bed.read', { careUnitIds: [careUnitId] }).allowed;
    const isShown = everybody.length === 0 ? inUnit : treated.size > 0;
    // Who lies there now is the subject of a refusal too: somebody wanted to see them.
    context.subject(`bed:${bedId}`, isShown ? [...treated] : everybody, `${detail} ${range.fromMs}..${range.toMs}`);
    if (!isShown) throw new OutOfScope(reason);
    const spans = visibleTime(range, stays, treated, inUnit);
    return { bedId, spans, stays: stays.filter((stay) => treated.has(stay.patientId)) };
  }
}
