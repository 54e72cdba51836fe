/** One JSON line per figure on stdout, progress on stderr. */
import { loadAverage, machine } from './machine.mjs';

export function report(name, value, unit, parameters = {}) {
  process.stdout.write(`${JSON.stringify({ name, value, unit, machine: machine(), load: loadAverage(), ...parameters })}\n`);
}

export function progress(line) {
  process.stderr.write(`${new Date().toTimeString().slice(0, 8)} ${line}\n`);
}

/** Two digits behind the point. */
export const round = (value) => Math.round(value * 100) / 100;

/** The value that a share `q` of `values` does not exceed; null for none. Sorts in place. */
export function quantile(values, q) {
  if (values.length === 0) return null;
  values.sort((a, b) => a - b);
  return values[Math.min(values.length - 1, Math.ceil(values.length * q) - 1)];
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
