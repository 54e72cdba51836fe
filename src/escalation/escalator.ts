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
/** One that could not be moved on is left out for this long (wall time), so that it takes nobody's place. */
const ASIDE_MS = 2_000;
/** So many more are asked for, in place of those that are left out. */
const ASIDE_MAX = 500;
const TOKEN_BYTES = 32;

/** What one look found. Wall time. */
export interface EscalatorLook {
  readonly due: number;
  /** How long the one that waits longest has been due; 0 where none is. */
  readonly oldestMs: number;
  readonly failed: number;
}

export interface EscalatorParts {
  readonly escalations: Escalations;
  readonly directory: Pick<Directory, 'bed' | 'careUnits'>;
  readonly feed: AlarmFeed;
  readonly clock: Clock;
  readonly publicUrl: string;
  readonly log: LoopLog;
  /** Told after each look what was due. */
  readonly onLook?: (look: EscalatorLook) => void;
  readonly onRound?: OnRound;
}

/**
 * Takes escalations that are due and queues the pages of their next step. What is due and who is told is decided by
 * `nextPages` of the domain; the store commits it unless somebody accepted in between.
 */
export class Escalator {
  private rounds: Rounds | null = null;
  /** Those that failed, and when (wall time) they are tried again. */
  private readonly aside = new Map<string, number>();

  constructor(private readonly parts: EscalatorParts) {}

  start(): void {
    this.rounds ??= new Rounds({ ...this.parts, name: 'escalator' }, () => this.runOnce());
  }

  async stop(): Promise<void> {
    await this.rounds?.stop();
    this.rounds = null;
  }

  /** One round; true when more may be due. One escalation that fails does not hold up the others, however many do. */
  async runOnce(): Promise<boolean> {
    const wallMs = this.parts.clock.wallMs();
    for (const [alarmId, untilMs] of this.aside) if (untilMs <= wallMs || untilMs > wallMs + ASIDE_MS) this.aside.delete(alarmId);
    const limit = DUE_MAX + Math.min(this.aside.size, ASIDE_MAX);
    const due = await this.parts.escalations.due(wallMs, limit);
    let advanced = 0;
    let failed = 0;
    for (const each of due) {
      const { alarmId } = each.alarm;
      if (this.aside.has(alarmId)) continue;
      try {
        if (await this.advance(each)) advanced++;
      } catch (error) {
        failed++;
        this.aside.set(alarmId, wallMs + ASIDE_MS);
        const facts = { alarmId, err: describe(error) };
        this.parts.log.error(facts, 'an escalation could not be moved on; it is tried again');
      }
    }
    const oldestMs = Math.max(0, ...due.map((each) => wallMs - (each.escalation.nextAtMs ?? wallMs)));
    this.parts.onLook?.({ due: due.length, oldestMs, failed });
    return due.length === limit && (advanced > 0 || failed > 0);
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
    // The wall clock was set in this very moment: the next look finds it in its place.
    if (step.escalation === due.escalation) return false;
    const isOurs = await escalations.advance(due, step, pages, clock.nowMs(), wallMs);
    // Of several processes that see it end, the one that has moved it on says so.
    if (isOurs && step.exhausted) {
      this.parts.log.warn({ alarmId: due.alarm.alarmId }, 'nobody accepted and nobody is left to be told');
    }
    return isOurs;
  }

  private async placeOf({ alarm }: DueEscalation): Promise<string> {
    if (alarm.careUnitId !== undefined) {
      const unit = (await this.parts.directory.careUnits()).find((each) => each.careUnitId === alarm.careUnitId);
      return `care unit ${unit?.label ?? alarm.careUnitId}`;
    }
    if (alarm.bedId === null) return `gateway ${alarm.gatewayId ?? 'unknown'}`;
    const bed = await this.parts.directory.bed(alarm.bedId);
    // Somebody lies there all the same, whom nobody has registered, or a monitor runs for nobody: whoever comes has to know. An alarm
    // of a patient who has just left the bed goes after that patient.
    const nobody = bed?.encounter === null && alarm.encounterId === null ? ', no patient admitted' : '';
    return `bed ${bed?.label ?? alarm.bedId}${nobody}`;
  }
}
