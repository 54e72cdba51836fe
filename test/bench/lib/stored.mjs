/** Compares what was acknowledged with what history holds: the ledger method of docs, from the store's own reader. */
import { SqliteObservationStore } from '../../../dist/adapters/history-sqlite/history-sqlite.js';

/** A device that sends faster than its clock ticks has two messages of one moment, which history keeps as one. */
const POINTS_MAX = 10_000_000;

/**
 * @param ledger as `readLedger` gives it
 * @returns readings that were acknowledged, and those of them that history lacks
 */
export async function missingInHistory(historyFile, { header, entries }) {
  const byDevice = Map.groupBy(
    entries.filter((entry) => entry.ackedMs !== null),
    (entry) => entry.deviceId,
  );
  const store = new SqliteObservationStore(historyFile);
  let acked = 0;
  let missing = 0;
  try {
    for (const [deviceId, sent] of byDevice) {
      const fromMs = sent[0].atMs;
      const toMs = sent.at(-1).atMs + 1;
      for (const metric of header.metrics) {
        const range = { bedId: deviceId.replace('sim-', ''), metric, fromMs, toMs, everyMs: 0, limit: POINTS_MAX };
        const stored = new Set((await store.read(range)).map((point) => point.atMs));
        acked += sent.length;
        missing += sent.filter((entry) => !stored.has(entry.atMs)).length;
      }
    }
  } finally {
    store.close();
  }
  return { acked, missing };
}
