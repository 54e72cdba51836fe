import type { LogEventOf } from '@vigil/contracts';
import { BLIND_AFTER_WALL_MS } from './bed-time.js';
import { type Conditions, NO_EVIDENCE } from './conditions.js';
import { dropForgottenFaults } from './faults.js';
import type { GatewayState } from './state.js';

/** A gateway has said how it is: time passes for it, and what it no longer repeats is over. A pause in its status means that nobody could hear it repeat its faults. */
export function gatewayHeard(gateway: GatewayState, atMs: number, rate: number, conditions: Conditions): void {
  const beforeMs = gateway.clockMs ?? 0;
  if (atMs <= beforeMs) return;
  if (atMs - beforeMs > BLIND_AFTER_WALL_MS * rate) gateway.graceFromMs = atMs;
  gateway.clockMs = atMs;
  dropForgottenFaults(gateway, rate, conditions);
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
