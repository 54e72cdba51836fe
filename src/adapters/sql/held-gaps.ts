import { createHash } from 'node:crypto';
import { deviceKey, Gap } from '@vigil/contracts';
import type { HeldMessageTable } from './schema-feeds.js';

type Evicted = Omit<HeldMessageTable, 'content' | 'bytes'>;

/**
 * What had to go from among the held messages, as gaps of nobody's bed: one for each device, boot and gateway. Numbers are named only
 * where all of them went.
 */
export function gapsOf(evicted: readonly Evicted[]): readonly Gap[] {
  const groups = new Map<string, Evicted[]>();
  for (const row of evicted) {
    const name = [row.device_id, row.boot_id, row.gateway_id, row.origin].join('|');
    const known = groups.get(name);
    if (known === undefined) groups.set(name, [row]);
    else known.push(row);
  }
  return [...groups.values()].map(gapOf);
}

function gapOf(rows: readonly Evicted[]): Gap {
  const { device_id: deviceId, boot_id: bootId, gateway_id: gatewayId, origin } = rows[0]!;
  const seqs = rows.map(({ seq }) => seq);
  const times = rows.map(({ at_ms: atMs }) => atMs);
  const [fromSeq, toSeq] = [Math.min(...seqs), Math.max(...seqs)];
  const isRun = toSeq - fromSeq + 1 === rows.length;
  const names = rows.map(({ message_id: id }) => id).sort();
  const hash = createHash('sha256').update(names.join('|')).digest('hex').slice(0, 32);
  return Gap.parse({
    ...{ v: 1, kind: 'gap', id: `gap/held/${deviceId}/${hash}`, key: deviceKey(deviceId as Gap['deviceId'] & string), origin },
    ...{ atMs: Math.max(...times), gatewayId, deviceId, bedId: null, bootId },
    ...{ fromSeq: isRun ? fromSeq : null, toSeq: isRun ? toSeq : null, count: rows.length },
    ...{ fromMs: Math.min(...times), toMs: Math.max(...times), reason: 'evicted' },
  });
}
