import type { CareUnitId, PolicyContent, PolicySimulation } from '@vigil/contracts';
import { type PagingPolicy, pagingPolicyOf, PlatformError, simulatePolicy } from '@vigil/domain';
import { SIMULATED_ALARMS_MAX } from '@vigil/contracts';
import type { AppClock } from '../ports/app-clock.js';
import type { EscalationPolicies } from '../ports/escalation-policies.js';

const DAY_MS = 86_400_000;
/** So long at a time: the thread also pages people. */
const SLICE_MS = 20;

export interface SimulationParts {
  readonly store: EscalationPolicies;
  readonly clock: AppClock;
  /** Time of the machine, by which others are let in between. */
  readonly monotonicMs: () => number;
}

export interface SimulationRequest {
  readonly content: PolicyContent;
  /** None: the whole site. */
  readonly careUnitIds: readonly CareUnitId[];
  readonly days: number;
}

/** What a policy would have done with the alarms of the last days. One at a time in a process. */
export class Simulation {
  private isRunning = false;

  constructor(private readonly parts: SimulationParts) {}

  /** @throws PlatformError('conflict'), to be asked again, while another one runs */
  async run(request: SimulationRequest): Promise<PolicySimulation> {
    if (this.isRunning) throw new PlatformError('conflict', {}, true);
    this.isRunning = true;
    try {
      return await this.simulate(request);
    } finally {
      this.isRunning = false;
    }
  }

  private async simulate({ content, careUnitIds, days }: SimulationRequest): Promise<PolicySimulation> {
    const { store, clock } = this.parts;
    const toWallMs = clock.wallMs();
    const fromWallMs = toWallMs - days * DAY_MS;
    const fromEventMs = clock.nowMs() - days * DAY_MS * clock.rate;
    const named = [...new Set(careUnitIds)].sort();
    const { careUnitIds: where } = await store.site(named, toWallMs);
    const recorded = await store.recorded({
      careUnitIds: named,
      fromWallMs,
      fromEventMs,
      toWallMs,
      alarmsMax: SIMULATED_ALARMS_MAX,
    });
    const units = new Set(recorded.alarms.flatMap(({ changes }) => changes.flatMap((change) => change.careUnitIds)));
    const inForce = new Map<string | null, PagingPolicy>();
    for (const unit of [null, ...units])
      inForce.set(unit, pagingPolicyOf((await store.inForce(unit as CareUnitId | null)).content));
    const run = simulatePolicy({
      ...{ policy: pagingPolicyOf(content), careUnitIds: where, named, recorded, fromWallMs, toWallMs },
      inForce: (unit) => inForce.get(unit) ?? inForce.get(null)!,
    });
    return this.inSlices(run);
  }

  private async inSlices(run: Generator<void, PolicySimulation, void>): Promise<PolicySimulation> {
    const { monotonicMs } = this.parts;
    for (let sinceMs = monotonicMs(); ;) {
      const { done, value } = run.next();
      if (done === true) return value;
      if (monotonicMs() - sinceMs < SLICE_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      sinceMs = monotonicMs();
    }
  }
}
