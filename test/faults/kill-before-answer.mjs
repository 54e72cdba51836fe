/**
 * Loaded into the platform's process before its own code: while VIGIL_TEST_KILL_FILE is there, the next HL7 answer takes the file away
 * and ends the process by SIGKILL, before a byte of the answer has left. What it answers is on the disk by then.
 */
import { existsSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';

const VT = 0x0b;
const file = process.env.VIGIL_TEST_KILL_FILE;
const { write } = Socket.prototype;

Socket.prototype.write = function (chunk, ...rest) {
  if (chunk?.[0] === VT && existsSync(file)) {
    rmSync(file);
    process.kill(process.pid, 'SIGKILL');
  }
  return write.call(this, chunk, ...rest);
};
