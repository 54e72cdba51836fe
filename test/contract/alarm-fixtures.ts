import { AlarmTransition, type AlarmId, LogEvent, type LogEventOf } from '@vigil/contracts';
import { alarmIdOf } from '@vigil/domain';
import type { AlarmBatch } from '../../src/ports/alarm-state.js';

/** One id per number, of the form that alarms have. */
export function alarmIdNo(n: number): AlarmId {
  return alarmIdOf('bed:icu-1', 'heartRate.high', n);
}

/** A transition that keeps the contract: by default the onset of a high-priority heart-rate alarm on icu-1. */
export function transition(more: Record<string, unknown> = {}): AlarmTransition {
  return AlarmTransition.parse({
    v: 1,
    alarmId: alarmIdNo(1),
    rev: 1,
    cause: 'onset',
    bedId: 'icu-1',
    gatewayId: null,
    encounterId: 'enc-1',
    conditionCode: 'heartRate.high',
    kind: 'physiological',
    priority: 'high',
    metric: 'heartRate',
    active: true,
    presence: 'on',
    onsetMs: 1_000,
    atMs: 1_000,
    evidence: { value: 148, unit: '/min', limit: 120, side: 'high', samples: null, samplesExpected: null },
    ruleId: 'hr-high',
    ruleSetHash: 'f'.repeat(64),
    origin: 'simulated',
    by: null,
    commandId: null,
    ...more,
  });
}

export const ending = (more: Record<string, unknown> = {}): AlarmTransition =>
  transition({ rev: 2, cause: 'end', active: false, presence: 'off', atMs: 9_000, ...more });

export function reject(n: number): LogEventOf<'reject'> {
  const event = LogEvent.parse({
    v: 1,
    id: `reject/${n}`,
    key: 'device:sim-icu-1',
    origin: 'simulated',
    atMs: n,
    kind: 'reject',
    deviceId: 'sim-icu-1',
    gatewayId: 'gw-1',
    reason: 'implausible-value',
    path: 'observations.0.value',
    expected: '0..350 /min',
    bytes: 200,
    sha256: 'a'.repeat(64),
    headBase64: '',
  });
  return event as LogEventOf<'reject'>;
}

export function batch(transitions: readonly AlarmTransition[], more: Partial<AlarmBatch> = {}): AlarmBatch {
  return { partition: 0, transitions, rejects: [], states: [], replayFrom: null, ...more };
}
