import { randomBytes } from 'node:crypto';
import type { Clock } from '@vigil/clock';
import type { StaffId } from '@vigil/contracts';
import { mayBeTold } from '@vigil/domain';
import type { AlarmFeed } from '../ports/alarm-state.js';
import type { Directory } from '../ports/directory.js';
import type { ContactMethod, DueEscalation, Escalations } from '../ports/escalations.js';
import { type LoopLog, describe, type OnRound, Rounds } from './rounds.js';
import { planPages } from './plan-pages.js';

/** Escalations that one round takes; more are taken in the next, which follows at once. */
const DUE_MAX = 50;
const TOKEN_BYTES = 32;

export interface EscalatorParts {
  readonly escalations: Escalations;
  readonly directory: Pick<Directory, 'bed'>;
  readonly feed: AlarmFeed;
  readonly clock: Clock;
  readonly publicUrl: string;
  readonly log: LoopLog;
  readonly onRound?: OnRound;
}

/**
 * Takes escalations that are due and queues the pages of their next step. What is due and who is told is decided by
 * `nextPages` of the domain; the store commits it unless somebody accepted in between.
 */
export class Escalator {
  private rounds: Rounds | null = null;

  constructor(private readonly parts: EscalatorParts) {}

  start(): void {
    this.rounds ??= new Rounds({ ...this.parts, name: 'escalator' }, () => this.runOnce());
  }

  async stop(): Promise<void> {
    await this.rounds?.stop();
    this.rounds = null;
  }

  /** One round; true when more may be due. One escalation that fails does not hold up the others. */
  async runOnce(): Promise<boolean> {
    const due = await this.parts.escalations.due(this.parts.clock.wallMs(), DUE_MAX);
    let advanced = 0;
    for (const each of due) {
      try {
        if (await this.advance(each)) advanced++;
      } catch (error) {
        const facts = { alarmId: each.alarm.alarmId, err: describe(error) };
        this.parts.log.error(facts, 'an escalation could not be moved on; it is tried again');
      }
    }
    return due.length === DUE_MAX && advanced > 0;
  }

  private async advance(due: DueEscalation): Promise<boolean> {
    const { clock, escalations, publicUrl } = this.parts;
    const contacts = new Map<StaffId, readonly ContactMethod[]>();
    for (const staffId of mayBeTold(due.escalation, due.onDuty))
      contacts.set(staffId, await escalations.contacts(staffId, due.alarm.priority));
    const wallMs = clock.wallMs();
    const place = await this.placeOf(due);
    const newToken = () => randomBytes(TOKEN_BYTES).toString('base64url');
    const { step, pages } = planPages(due, { publicUrl, place, contacts, wallMs, newToken });
    if (step.exhausted) {
      this.parts.log.warn({ alarmId: due.alarm.alarmId }, 'nobody accepted and nobody is left to be told');
    }
    return escalations.advance(due, step, pages, clock.nowMs(), wallMs);
  }

  private async placeOf({ alarm }: DueEscalation): Promise<string> {
    if (alarm.careUnitId !== undefined) return `care unit ${alarm.careUnitId}`;
    if (alarm.bedId === null) return `gateway ${alarm.gatewayId ?? 'unknown'}`;
    const bed = await this.parts.directory.bed(alarm.bedId);
    // Somebody lies there all the same, whom nobody has registered, or a monitor runs for nobody: whoever comes has to know. An alarm
    // of a patient who has just left the bed goes after that patient.
    const nobody = bed?.encounter === null && alarm.encounterId === null ? ', no patient admitted' : '';
    return `bed ${bed?.label ?? alarm.bedId}${nobody}`;
  }
}
