import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  type EpochMs,
  type GatewayId,
  type SelfTest,
  type SelfTestGateway,
  SELF_TEST_HOPS,
  type SelfTestHop,
} from '@vigil/contracts';
import { TooManyAttempts } from '../http/invalid-request.js';
import { AppClock } from '../ports/app-clock.js';
import { type CanaryWay, OnCallTroubles } from '../ports/on-call-troubles.js';

/** A gateway asks every four seconds, and a test alarm takes one or two: what takes longer is a fault to look at. */
export const SELF_TEST_MS = 30_000;
/** Wall time from the end of one to the next. */
export const SELF_TEST_REST_MS = 10_000;

interface Run {
  readonly test: SelfTest;
  /** When each gateway heard of it. */
  readonly heardMs: Map<GatewayId, number>;
}

/**
 * Test alarms that somebody asks for. Gateways hear of one with the next answer to their question for their configuration,
 * and how far it has come is read from the stored alarm and page, as for those that go by themselves (ADR 0064).
 *
 * The newest alone, in memory of the process that answers the gateways.
 */
@Injectable()
export class SelfTests {
  private run: Run | null = null;

  constructor(
    private readonly troubles: OnCallTroubles,
    private readonly clock: AppClock,
  ) {}

  /**
   * Begins one; while one runs, that one is answered.
   *
   * @throws TooManyAttempts right after the last one; PlatformError 'store-unavailable'
   */
  async start(startedBy: string): Promise<SelfTest> {
    const before = await this.newest();
    const wallMs = Math.round(this.clock.wallMs());
    if (before?.state === 'running') return before;
    if (before !== null && before.endedAtMs !== null) {
      const waitMs = before.endedAtMs + SELF_TEST_REST_MS - wallMs;
      if (waitMs > 0 && waitMs <= SELF_TEST_REST_MS) throw new TooManyAttempts(waitMs);
    }
    const gateways = (await this.troubles.canaries()).map(({ gatewayId }): SelfTestGateway => ({
      ...{ gatewayId, state: 'running', hops: [], missing: null },
    }));
    const isNone = gateways.length === 0;
    const test: SelfTest = {
      ...{ testId: randomUUID(), state: isNone ? 'failed' : 'running', startedBy, startedAtMs: wallMs as EpochMs },
      ...{ endedAtMs: isNone ? (wallMs as EpochMs) : null, limitMs: SELF_TEST_MS, gateways },
    };
    this.run = { test, heardMs: new Map() };
    return test;
  }

  /** The newest, as far as it has come by now; null: none was since this process began. */
  async newest(): Promise<SelfTest | null> {
    const { run } = this;
    if (run === null || run.test.state !== 'running') return run?.test ?? null;
    const wallMs = Math.round(this.clock.wallMs());
    const over = isOver(run.test, wallMs);
    const gateways = await Promise.all(run.test.gateways.map((each) => this.followed(run, each, over)));
    const states = new Set(gateways.map(({ state }) => state));
    const state = states.has('running') ? 'running' : states.has('failed') ? 'failed' : 'passed';
    const test: SelfTest = { ...run.test, gateways, state, endedAtMs: state === 'running' ? null : (wallMs as EpochMs) };
    if (this.run === run) this.run = { ...run, test };
    return test;
  }

  /** What a gateway is told with its configuration: a test that it has not sent an alarm for. */
  wantedOf(gatewayId: GatewayId): string | null {
    const { run } = this;
    if (run === null || run.test.state !== 'running' || isOver(run.test, this.clock.wallMs())) return null;
    const own = run.test.gateways.find((each) => each.gatewayId === gatewayId);
    if (own?.state !== 'running') return null;
    if (!run.heardMs.has(gatewayId)) run.heardMs.set(gatewayId, this.clock.wallMs());
    return run.test.testId;
  }

  /** What came after the limit did not come in time, and may be one that left by itself: nobody has to look just then. */
  private async followed({ test, heardMs }: Run, before: SelfTestGateway, over: boolean): Promise<SelfTestGateway> {
    if (before.state !== 'running') return before;
    const { gatewayId } = before;
    const toMs = test.startedAtMs + test.limitMs;
    const heard = heardMs.get(gatewayId);
    // One that left by itself just before is not the one that was asked for.
    const way = heard === undefined ? null : await this.troubles.canaryIn(gatewayId, { fromMs: Math.floor(heard), toMs });
    const times = within({ gateway: heard ?? null, ...timesOf(way) }, toMs);
    const hops = SELF_TEST_HOPS.flatMap((at) => {
      const ms = times[at];
      return ms === null ? [] : [{ at, afterMs: Math.max(0, ms - test.startedAtMs) }];
    });
    if (times.sent !== null) return { gatewayId, state: 'passed', hops, missing: null };
    if (!over) return { gatewayId, state: 'running', hops, missing: null };
    return { gatewayId, state: 'failed', hops, missing: firstMissing(times) };
  }
}

type Times = Readonly<Record<SelfTestHop, number | null>>;

/** A clock that was set back would let it run for ever. */
const isOver = ({ startedAtMs, limitMs }: SelfTest, wallMs: number): boolean =>
  wallMs - startedAtMs >= limitMs || wallMs < startedAtMs;

const within = (times: Times, toMs: number): Times =>
  Object.fromEntries(Object.entries(times).map(([at, ms]) => [at, ms !== null && ms < toMs ? ms : null])) as Times;

const timesOf = (way: CanaryWay | null): Omit<Times, 'gateway'> => ({
  ...{ hub: way?.hubMs ?? null, engine: way?.engineMs ?? null, stored: way?.storedMs ?? null },
  ...{ queued: way?.queuedMs ?? null, sent: way?.sentMs ?? null },
});

/** The one after the last that was reached: times of single hops may be missing on the way of one that came further. */
function firstMissing(times: Times): SelfTestHop {
  const last = SELF_TEST_HOPS.findLastIndex((at) => times[at] !== null);
  return SELF_TEST_HOPS[last + 1] ?? 'sent';
}
