import { CURSOR_FILE, loadCursor } from './cursor.js';
import { HighWaterMark } from './mark.js';
import type { RangeSet } from './ranges.js';
import { recover, type Recovered } from './recover.js';
import type { SpoolOptions } from './spool-options.js';
import { StateFile, type SpoolState } from './state-file.js';

/** What a former start left, and what the log has settled of it. */
export interface FormerSpool {
  readonly recovered: Recovered;
  readonly settled: RangeSet;
  readonly epoch: number;
  readonly removing: readonly number[];
  /** What should be known of the spool is damaged, so that not everything that is missing may be noticed. */
  readonly stateDamaged: boolean;
}

/** @throws SealError `key-unknown` or `key-file` when segments are there that the key file did not seal */
export async function formerSpool(options: SpoolOptions): Promise<FormerSpool> {
  const { disk, anchor, keys, gatewayId, log, metrics } = options;
  const isFormer = await isOfFormerVersion(options);
  const settled = await loadCursor(isFormer ? disk : (anchor ?? disk));
  const own = await new StateFile(disk, keys, gatewayId).load();
  const copy = anchor === undefined ? null : await new StateFile(anchor, keys, gatewayId).load();
  const isOlder = copy !== null && copy.state !== null && copy.state.epoch > (own.state?.epoch ?? -1);
  const known: SpoolState | null = isOlder ? copy.state : own.state;
  const mark = await new HighWaterMark(anchor ?? disk, keys, gatewayId).load();
  if (isOlder && !own.damaged) log.error({}, 'the spool is older than what is known of it; what it lacks is declared');
  const recovered = await recover({ ...{ disk, keys, gatewayId, log, known, settled, mark } });
  const { segments, cutBytes } = recovered;
  if (cutBytes > 0) {
    metrics.spoolCutBytes.inc(cutBytes);
    log.warn({ bytes: cutBytes }, 'spool ended in an unfinished record, which was never acknowledged');
  }
  // Without a state the cursor alone knows which indexes were used.
  const lastSettled = segments.length === 0 && known === null ? (settled.list().at(-1)?.to ?? 0) : 0;
  const nextIndex = Math.max(recovered.nextIndex, lastSettled);
  settled.remove({ from: nextIndex, to: Number.MAX_SAFE_INTEGER });
  // What no segment holds is settled, or evicted.
  segments.forEach(({ first }, i) => settled.add({ from: i === 0 ? 0 : segments[i - 1]!.end!, to: first }));
  settled.add({ from: segments.at(-1)?.end ?? 0, to: nextIndex });
  return {
    recovered: { ...recovered, nextIndex, rolledBack: recovered.rolledBack || (isOlder && !own.damaged) },
    settled,
    epoch: Math.max(own.state?.epoch ?? 0, copy?.state?.epoch ?? 0),
    removing: known?.removing ?? [],
    // A copy that was being written when the power went is no damage: the other one is whole, and nothing knows more.
    stateDamaged: known === null ? segments.length > 0 && !isFormer : own.damaged && (own.state === null || isOlder),
  };
}

/** True where a version wrote that kept its cursor beside the segments and no state: an upgrade finds nothing amiss. */
async function isOfFormerVersion({ disk, anchor }: SpoolOptions): Promise<boolean> {
  if (anchor === undefined || (await anchor.list()).length > 0) return false;
  const names = await disk.list();
  return names.includes(CURSOR_FILE) && !names.some((name) => name.startsWith('state.'));
}
