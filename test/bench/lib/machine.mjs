/** What a figure was measured on, and what processes have used. Linux tells by /proc; elsewhere those fields are null. */
import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const TICKS_PER_SECOND = 100;

const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

/** E.g. `2 vCPU, 24 GiB, Debian GNU/Linux 12 (bookworm), Node 24.21.0`. */
export function machine() {
  const system = /PRETTY_NAME="(.*)"/.exec(read('/etc/os-release') ?? '')?.[1] ?? process.platform;
  return `${cpus().length} vCPU, ${Math.round(totalmem() / 2 ** 30)} GiB, ${system}, Node ${process.versions.node}`;
}

/** Load of the last minute: a figure taken on a busy machine says so. */
export const loadAverage = () => Math.round(loadavg()[0] * 10) / 10;

/** Processor seconds of a process since its start; null where the system does not tell or the process is gone. */
export function cpuSeconds(pid) {
  const fields = read(`/proc/${pid}/stat`)?.split(') ')[1]?.split(' ');
  return fields === undefined ? null : (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident memory in MiB; null where the system does not tell or the process is gone. */
export function rssMb(pid) {
  const found = /VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return found === undefined ? null : Math.round(Number(found) / 1024);
}

/** Starts to watch the processors' use of `pids` (name -> pid); the answer gives cores per name since then. */
export function watchCpu(pids) {
  const before = Object.entries(pids).map(([name, pid]) => ({ name, pid, seconds: cpuSeconds(pid) }));
  const fromMs = performance.now();
  return () => {
    const seconds = (performance.now() - fromMs) / 1000;
    const cores = (row) => Math.round(((cpuSeconds(row.pid) - row.seconds) / seconds) * 100) / 100;
    return Object.fromEntries(before.map((row) => [row.name, row.seconds === null ? null : cores(row)]));
  };
}

/**
 * Bytes on the heap once everything that nobody needs is gone. Code that has not run for some collections stays: thrown away between
 * two calls, it would count as memory of what is measured.
 */
export function collectGarbage() {
  setFlagsFromString('--no-flush-bytecode');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  let bytes = Infinity;
  // The first ones still leave things that only the next ones find.
  for (let i = 0, still = 0; i < 20 && still < 3; i++) {
    collect();
    const now = process.memoryUsage().heapUsed;
    still = now < bytes - 1_024 ? 0 : still + 1;
    bytes = now;
  }
  return bytes;
}
