/**
 * The built hub in a process of its own, to be killed: `node event-hub-child.mjs <options of startEventHub as JSON>`.
 * Says over IPC when it takes clients, how long that took, and what it had to cut off; that it can't start, it says on stderr.
 */
import { startEventHub } from '../../packages/event-hub/dist/index.js';

let torn = 0;
const log = {
  info: () => undefined,
  warn: (fields) => (torn += fields.tornBytes ?? 0),
  error: (fields, text) => process.stderr.write(`${JSON.stringify({ ...fields, text })}\n`),
};
const startMs = performance.now();
const hub = await startEventHub({ ...JSON.parse(process.argv[2]), log, onFailure: () => process.exit(1) });
process.once('disconnect', () => process.exit(0));
process.send({ connection: hub.connectionString('platform'), recoveryMs: performance.now() - startMs, torn });
