import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { leftOutOf, PlatformError } from '@vigil/domain';
import { Readiness, type ReadinessPart } from '../health/readiness.js';
import { AppClock } from '../ports/app-clock.js';
import { RuleSetVersions } from '../ports/rule-set-versions.js';
import { RuleSets } from '../ports/rule-sets.js';

/** Another process may have set a date that this one has not heard of. Wall time. */
const LOOK_EVERY_MS = 60_000;
const RETRY_MS = 5_000;
/** Without a look for so long nobody knows whether the rules in force all run. Wall time. */
const STALE_MS = 5 * LOOK_EVERY_MS;
/** Names in the reason of the readiness part. */
const NAMED_MAX = 5;

/**
 * Puts rule sets into force when their date has come. The store sees to it that each comes into force once. Also says, as a part of
 * the readiness check, when something of the set in force can not run: patients are watched without it, and nobody would know.
 */
@Injectable()
export class RuleActivation implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('rules');
  private cancel: () => void = () => undefined;
  private looking: Promise<void> | null = null;
  private again = false;
  private isStopped = false;
  private readonly part: ReadinessPart;
  private told = '';

  constructor(
    private readonly versions: RuleSetVersions,
    private readonly ruleSets: RuleSets,
    private readonly clock: AppClock,
    readiness: Readiness,
  ) {
    this.part = readiness.expect('rules', { staleMs: STALE_MS, degradesOnly: true });
  }

  onApplicationBootstrap(): void {
    void this.look();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    this.cancel();
    await this.looking;
  }

  /** Looks now, and again when the next date has come. Resolves when what was due by then is in force, or could not be. */
  look(): Promise<void> {
    if (this.looking !== null) {
      this.again = true;
      return this.looking;
    }
    this.looking = this.run().finally(() => (this.looking = null));
    return this.looking;
  }

  private async run(): Promise<void> {
    let waitMs = LOOK_EVERY_MS;
    do {
      this.again = false;
      try {
        waitMs = await this.activate();
      } catch (error) {
        waitMs = this.afterTrouble(error);
      }
    } while (this.again);
    this.cancel();
    if (!this.isStopped) this.cancel = this.clock.after(waitMs, () => void this.look());
  }

  /** Also one that can't be put into force ends nothing: the rules in force go on, and alarms with them. */
  private afterTrouble(error: unknown): number {
    if (error instanceof PlatformError) {
      this.logger.warn({ code: error.code }, 'rule sets that are due could not be looked for; trying again');
      return RETRY_MS;
    }
    const name = error instanceof Error ? error.name : 'unknown';
    this.logger.error(
      { name },
      'a rule set that is due can not come into force: those in force go on; withdraw it, and say so to the maker',
    );
    return LOOK_EVERY_MS;
  }

  private async declareLeftOut(): Promise<void> {
    const active = await this.ruleSets.active();
    const leftOut = active === null ? [] : leftOutOf(active.ruleSet);
    if (leftOut.length === 0) {
      this.part.ok();
      return;
    }
    const names = leftOut.slice(0, NAMED_MAX).map(({ id }) => id);
    this.part.failed(`rules-left-out: ${leftOut.length} can not run (${names.join(', ')})`);
    const ruleSet = active!.hash.slice(0, 16);
    if (this.told === ruleSet) return;
    this.told = ruleSet;
    this.logger.error({ ruleSet, leftOut }, 'rules of the set in force can not run: propose a set without them or mend them');
  }

  private async activate(): Promise<number> {
    const { clock, versions } = this;
    const due = await versions.activateDue({ nowMs: clock.nowMs(), wallMs: clock.wallMs(), rate: clock.rate });
    for (const hash of due.inForce) this.logger.log({ ruleSet: hash.slice(0, 16) }, 'rule set in force');
    for (const { hash, reason } of due.refused) {
      this.logger.error(
        { ruleSet: hash.slice(0, 16), reason },
        'a rule set did not come into force at its date; those in force go on',
      );
    }
    await this.declareLeftOut();
    const nextMs = await versions.nextDueMs();
    if (nextMs === null) return LOOK_EVERY_MS;
    return Math.min(LOOK_EVERY_MS, Math.max(1, Math.ceil((nextMs - clock.nowMs()) / clock.rate)));
  }
}
