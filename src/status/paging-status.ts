import { Injectable } from '@nestjs/common';
import type { CanaryState, CareUnitId, PagingHealth as PagingHealthView } from '@vigil/contracts';
import { PagingHealth } from '../health/paging-health.js';
import { Readiness } from '../health/readiness.js';
import { ScreenHealth, type ScreensState } from '../health/screen-health.js';
import { AppClock } from '../ports/app-clock.js';
import { OnCallTroubles } from '../ports/on-call-troubles.js';
import { Canaries } from './canaries.js';
import { type PagingFacts, type PagingProblem, pagingProblem } from './paging-problem.js';

/** A store that hangs must not keep whoever asks from being told so. Wall time. */
const STORE_MS_MAX = 2_000;

export interface PagingReport extends PagingFacts {
  readonly problem: PagingProblem | null;
  /** Those that the store knows; empty while it does not answer. */
  readonly careUnitIds: readonly CareUnitId[];
  readonly canary: CanaryState;
  readonly screens: ScreensState;
}

/** How telling people goes, from the loops themselves and from what lies in the store. */
@Injectable()
export class PagingStatus {
  constructor(
    private readonly health: PagingHealth,
    private readonly troubles: OnCallTroubles,
    private readonly canaries: Canaries,
    private readonly screens: ScreenHealth,
    private readonly readiness: Readiness,
    private readonly clock: AppClock,
  ) {}

  async report(): Promise<PagingReport> {
    const loops = { escalator: this.health.ages('escalator'), 'page-sender': this.health.ages('page-sender') };
    const stored = await this.inTime(
      Promise.all([this.troubles.overdue(this.clock.wallMs()), this.troubles.careUnitIds()]).catch(() => null),
    );
    const facts = { loops, overdue: stored?.[0] ?? null };
    const screens = this.screens.state(this.readiness.processing());
    return { ...facts, problem: pagingProblem(facts), careUnitIds: stored?.[1] ?? [], canary: this.canaries.state(), screens };
  }

  /** The same, for people. */
  async view(): Promise<PagingHealthView> {
    const { careUnitIds, ...rest } = await this.report();
    return { ...rest, careUnitIds: [...careUnitIds] };
  }

  private async inTime<Answer>(asked: Promise<Answer | null>): Promise<Answer | null> {
    let cancel = (): void => undefined;
    const late = new Promise<null>((resolve) => (cancel = this.clock.after(STORE_MS_MAX, () => resolve(null))));
    return Promise.race([asked, late]).finally(() => cancel());
  }
}
