import { parentPort, workerData } from 'node:worker_threads';
import { openSql } from '../../dist/adapters/sql/sql.js';

parentPort.postMessage('ready');
Atomics.wait(workerData.gate, 0, 0);
try {
  const sql = await openSql({ file: workerData.file });
  await sql.close();
  parentPort.postMessage('open');
} catch (error) {
  parentPort.postMessage(`${error.message} ${error.cause?.message ?? ''}`);
}
