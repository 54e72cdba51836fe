import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const OPENERS = 6;
const ROUNDS = Number(process.env['COUNT'] ?? 6);

/** Each waits at the gate, so that all open the file in the same moment. */
async function openAtOnce(file: string): Promise<string[]> {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  let waiting = 0;
  const workers = Array.from(
    { length: OPENERS },
    () => new Worker(join(import.meta.dirname, 'open-at-once-worker.mjs'), { workerData: { file, gate } }),
  );
  const answers = workers.map(
    (worker) =>
      new Promise<string>((resolve, reject) => {
        worker.on('error', reject);
        worker.on('message', (said: string) => {
          if (said !== 'ready') resolve(said);
          else if (++waiting === OPENERS) {
            Atomics.store(gate, 0, 1);
            Atomics.notify(gate, 0);
          }
        });
      }),
  );
  const said = await Promise.all(answers);
  await Promise.all(workers.map((worker) => worker.terminate()));
  return said;
}

test('whoever opens a new database at the same moment as others waits for them, and is not refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-open-'));
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const said = await openAtOnce(join(folder, `${round}.db`));
      expect([round, said.filter((each) => each !== 'open')]).toEqual([round, []]);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
