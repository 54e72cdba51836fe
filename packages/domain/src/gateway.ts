import type { LogEventOf } from '@vigil/contracts';
import { BLIND_AFTER_WALL_MS } from './bed-time.js';
import { forgetOnsetsAfter, SET_BACK_WALL_MS, TICKS_DECIDE } from './clock-doubt.js';
import { type Conditions, NO_EVIDENCE } from './conditions.js';
import { dropForgottenFaults } from './faults.js';
import type { GatewayState } from './state.js';

/**
 * A gateway has said how it is: time passes for it, and what it no longer repeats is over. A pause in its status means that nobody
 * could hear it repeat its faults. Its status is never kept back, so some in a row of long before mean that its clock was ahead:
 * all that it says from then on would else count as old, for years.
 */
export function gatewayHeard(gateway: GatewayState, atMs: number, rate: number, conditions: Conditions): void {
  const beforeMs = gateway.clockMs ?? 0;
  const isBehind = beforeMs - atMs > SET_BACK_WALL_MS * rate;
  const behind = isBehind ? (gateway.behind ?? 0) + 1 : 0;
  if (behind > 0 && behind < TICKS_DECIDE) gateway.behind = behind;
  else delete gateway.behind;
  if (behind >= TICKS_DECIDE) takeGatewayBack(gateway, atMs);
  else if (atMs <= beforeMs) return;
  else if (atMs - beforeMs > BLIND_AFTER_WALL_MS * rate) gateway.graceFromMs = atMs;
  gateway.clockMs = atMs;
  dropForgottenFaults(gateway, rate, conditions);
}

function takeGatewayBack(gateway: GatewayState, nowMs: number): void {
  gateway.graceFromMs = nowMs;
  for (const said of Object.values(gateway.reportedFaults ?? {})) {
    for (const [who, lastMs] of Object.entries(said)) said[who] = Math.min(lastMs, nowMs);
  }
  forgetOnsetsAfter(gateway, nowMs);
}

/** The watchdog lost a gateway or found it again. */
export function stepGateway(
  gateway: GatewayState,
  event: LogEventOf<'gatewayLost'> | LogEventOf<'gatewayRestored'>,
  conditions: Conditions,
): void {
  if (event.kind === 'gatewayRestored') {
    if (gateway.lostId !== event.lostId) return;
    gateway.lostId = null;
    conditions.end('gatewayLost', event.atMs);
    return;
  }
  if (gateway.lostId === event.id) return;
  // Lost anew, and nobody has said that it was back: another alarm, which its own return ends.
  conditions.closeOne('gatewayLost', event.atMs);
  gateway.lostId = event.id;
  conditions.raise(
    {
      conditionCode: 'gatewayLost',
      kind: 'technical',
      priority: 'high',
      metric: null,
      evidence: { ...NO_EVIDENCE, samples: event.bedIds.length },
      ruleId: 'gatewayLost',
      origin: event.origin,
    },
    event.atMs,
  );
}
