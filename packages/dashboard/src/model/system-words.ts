import type { SelfTest, SelfTestGateway, StatusView, UnitPresence } from '@vigil/contracts';
import { troubleWord } from './on-call-words.js';
import { t } from '../words/words.js';

/** Something that is wrong: one sentence that says what to do, and where the runbook has more. */
export interface Wrong {
  readonly key: string;
  readonly text: string;
  readonly runbook: string | null;
}

export interface SystemFacts {
  readonly status: StatusView | null;
  readonly parts:
    | readonly { readonly name: string; readonly ready: boolean; readonly vital?: boolean | undefined; readonly reason: string }[]
    | null;
  readonly ready: boolean;
  /** Null where the page has no live picture, which is nothing wrong. */
  readonly live: boolean | null;
  readonly presence: UnitPresence | null;
}

/** The worst first: what keeps alarms from people, then from screens, then what may come to that. */
export function wrongsOf({ status, parts, ready, live, presence }: SystemFacts): readonly Wrong[] {
  const wrongs: Wrong[] = [];
  const add = (key: string, text: string, runbook: string | null = null): void => void wrongs.push({ key, text, runbook });
  if (live === false) add('live', t('system:wrong.notLive'));
  const problem = status?.paging.problem ?? null;
  if (problem !== null) add('paging', t(`system:wrong.${problem}`), problem);
  // What a platform of before does not tell apart is taken for the worse.
  const broken = (parts ?? []).filter((part) => !part.ready).map((part) => ({ ...part, vital: part.vital ?? !ready }));
  for (const { name, vital, reason } of broken.toSorted((a, b) => Number(b.vital) - Number(a.vital))) {
    add(`part-${name}`, t(vital ? 'system:wrong.platform' : 'system:wrong.degraded', { part: name, reason }), name);
  }
  for (const { gatewayId, late } of status?.canary.gateways ?? []) {
    if (late) add(`canary-${gatewayId}`, t('system:wrong.canary', { gateway: gatewayId }), 'canaryLate');
  }
  if (presence?.unwatched === true) add('unwatched', t('system:wrong.unwatched'), 'unitUnwatched');
  for (const { stationId, label, state } of presence?.stations ?? []) {
    if (state === 'silent') add(`station-${stationId}`, t('system:wrong.station', { station: label }), 'stationSilent');
  }
  for (const each of status?.troubles ?? []) {
    if (each.trouble === 'canaryLate') continue;
    const words = { trouble: troubleWord(each.trouble), careUnit: each.careUnitId };
    add(`trouble-${each.careUnitId}-${each.trouble}-${each.subject}`, t('system:wrong.onCall', words), each.trouble);
  }
  for (const { channel, failed } of status?.channels ?? []) {
    if (failed > 0) add(`channel-${channel}`, t('system:wrong.channel', { channel, count: failed }), 'undelivered');
  }
  if (status !== null && status.watchdogAgeMs === null) add('watchdog', t('system:wrong.watchdog'), 'watchdog');
  return wrongs;
}

/** Middle and slowest of the last test alarms of all gateways at one place; null where none is known. */
export function hopTimes(
  trips: StatusView['canary']['gateways'],
  at: StatusView['canary']['gateways'][number]['hops'][number]['at'],
): { readonly p50: number; readonly p99: number; readonly count: number } | null {
  const times = trips.flatMap(({ hops }) => hops.filter((hop) => hop.at === at).map(({ afterMs }) => Math.max(0, afterMs)));
  if (times.length === 0) return null;
  const sorted = times.toSorted((a, b) => a - b);
  const rank = (share: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!);
  return { p50: rank(0.5), p99: rank(0.99), count: times.length };
}

export const hopText = (found: ReturnType<typeof hopTimes>): string => {
  if (found === null) return '–';
  const { p50, p99, count } = found;
  const tail = count > 1 ? `, ${t('system:hopTail', { p99 })}` : '';
  return `${t('system:hopMedian', { p50 })}${tail} (${t('system:hopOf', { count })})`;
};

const seconds = (ms: number): string => (Math.max(0, ms) / 1_000).toFixed(1);

/** `gateway heard 2.0 s, stored 2.3 s, message sent 2.9 s`. */
export const hopsText = ({ hops }: Pick<SelfTestGateway, 'hops'>): string =>
  hops.map(({ at, afterMs }) => t('system:hopAt', { hop: t(`system:hop_${at}`), seconds: seconds(afterMs) })).join(', ') || '–';

export function resultText({ state, hops, missing }: SelfTestGateway): string {
  const last = hops.at(-1);
  if (state === 'passed' && last !== undefined) {
    return `${t('system:result_passed')}, ${t('system:took', { seconds: seconds(last.afterMs) })}`;
  }
  return missing === null ? t(`system:result_${state}`) : `${t('system:result_failed')}. ${t(`system:missing_${missing}`)}`;
}

/** @param nowMs wall time of the server, as near as is known */
export function testText({ state, gateways, startedAtMs, limitMs }: SelfTest, nowMs: number): string {
  if (gateways.length === 0) return t('system:selfTestNoGateway');
  if (state === 'passed') return t('system:selfTestPassed');
  if (state === 'failed') return t('system:selfTestFailed');
  const done = Math.min(limitMs, Math.max(0, nowMs - startedAtMs));
  return t('system:selfTestRunning', { seconds: Math.round(done / 1_000), limit: Math.round(limitMs / 1_000) });
}
