import type { AlarmPath, PathHop } from '@vigil/contracts';
import type { TraceIds } from '@vigil/domain';
import type { TraceSpan } from '../ports/trace-sink.js';

/** Names a span after the part of the way that it took. */
const NAMES: Readonly<Record<PathHop['place'], string>> = {
  device: 'device',
  gateway: 'device to gateway',
  hub: 'gateway to hub',
  engineRead: 'hub to engine',
  engineDecided: 'decide',
  stored: 'store',
  pageQueued: 'escalate',
  pageSent: 'send page',
};
const ROOT = 'alarm';
/** The part that a page ends, which whoever takes it may go on from. */
export const PAGE_PART: PathHop['place'] = 'pageSent';

/** What of an alarm is told beside its times: words of fixed lists. No bed, no patient, no id, no condition. */
export interface TraceFacts {
  readonly kind: string;
  readonly priority: string;
  readonly origin: string;
}

/**
 * The way of what raised an alarm as spans, one for each part that took time; empty while fewer than two times are known.
 *
 * @param isWall times of devices and gateways are wall time; where they are not, the way begins at the hub
 */
export function alarmTrace(
  path: AlarmPath,
  facts: TraceFacts,
  { ids, isWall }: { readonly ids: TraceIds; readonly isWall: boolean },
): readonly TraceSpan[] {
  const traceId = ids.trace(path.alarmId);
  const rootId = ids.span(path.alarmId, ROOT);
  const times = path.hops.flatMap((hop) => {
    const isOther = !isWall && (hop.place === 'device' || hop.place === 'gateway');
    return hop.atMs === null || isOther ? [] : [{ ...hop, atMs: hop.atMs as number }];
  });
  const [first, ...rest] = times;
  if (first === undefined || rest.length === 0) return [];
  const spans: TraceSpan[] = [];
  let fromMs = first.atMs;
  for (const { place, atMs, state } of rest) {
    // A device's clock may be ahead of the gateway's: a part takes no time then, and not less.
    const toMs = Math.max(fromMs, atMs);
    const at = { traceId, spanId: ids.span(path.alarmId, place), parentSpanId: rootId, name: NAMES[place], fromMs, toMs };
    spans.push({
      ...at,
      isWrong: state === 'late' || state === 'broken',
      attributes: { 'vigil.place': place, 'vigil.state': state },
    });
    fromMs = toMs;
  }
  const attributes = {
    ...{ 'vigil.kind': facts.kind, 'vigil.priority': facts.priority, 'vigil.origin': facts.origin },
    ...(path.firstBroken === null ? {} : { 'vigil.first_broken': path.firstBroken }),
    ...(path.log === null ? {} : { 'vigil.partition': path.log.partition }),
  };
  const root = { traceId, spanId: rootId, parentSpanId: null, name: ROOT, fromMs: first.atMs, toMs: fromMs };
  return [{ ...root, isWrong: path.firstBroken !== null, attributes }, ...spans];
}
