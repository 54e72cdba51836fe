import { z } from 'zod';
import { EpochMs, GatewayId } from './ids.js';

/** Where a test alarm was, in order. `gateway`: the gateway has heard that one is wanted. */
export const SELF_TEST_HOPS = ['gateway', 'hub', 'engine', 'stored', 'queued', 'sent'] as const;
export const SelfTestHop = z.enum(SELF_TEST_HOPS);
export type SelfTestHop = z.infer<typeof SelfTestHop>;

/** One gateway of a self-test. Wall times since the test was asked for. */
export const SelfTestGateway = z.object({
  gatewayId: GatewayId,
  state: z.enum(['running', 'passed', 'failed']),
  hops: z.array(z.object({ at: SelfTestHop, afterMs: z.number() })).max(8),
  /** The first place that was not reached in time; null otherwise. */
  missing: SelfTestHop.nullable(),
});
export type SelfTestGateway = z.infer<typeof SelfTestGateway>;

/**
 * `POST /api/v1/self-tests`: a test alarm the whole way, from each gateway until its page was sent, now. It is of no patient and no
 * care unit, tells no person and shows on no screen: the way from the platform to a screen is not on it.
 */
export const SelfTest = z.object({
  testId: z.string().max(64),
  state: z.enum(['running', 'passed', 'failed']),
  startedBy: z.string(),
  startedAtMs: EpochMs,
  endedAtMs: EpochMs.nullable(),
  /** Wall time in which it has to be through. */
  limitMs: z.number().int().positive(),
  gateways: z.array(SelfTestGateway).max(200),
});
export type SelfTest = z.infer<typeof SelfTest>;
