/**
 * Loaded into a hub's process by `--import`, with `--expose-gc`. Writes one JSON file at each SIGUSR2: what is still in use
 * after garbage has been collected, and the young generation after objects that outlive collections were made.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { getHeapSpaceStatistics } from 'node:v8';

const to = new URL(import.meta.url).searchParams.get('to');
const SURVIVORS = 20_000;
const OBJECTS = 1_000_000;

/** As a long run does it, at once. */
function outliveCollections() {
  const kept = [];
  for (let i = 0; i < OBJECTS; i++) kept[i % SURVIVORS] = { i, of: [i] };
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space').space_size;
}

process.on('SIGUSR2', async () => {
  // Buffers are given back some time after the collection that found them.
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    await delay(50);
  }
  const { heapUsed, external } = process.memoryUsage();
  const youngBytes = outliveCollections();
  globalThis.gc();
  writeFileSync(`${to}.new`, JSON.stringify({ usedBytes: heapUsed + external, youngBytes }));
  renameSync(`${to}.new`, to);
});
