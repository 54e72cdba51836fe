import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { historyMoveCommand } from './history-move-command.js';
import { type HistorySize, historySize, type SizePart } from '../adapters/history-sqlite/history-size.js';
import type { Machine } from './command-stores.js';
import { historyQualityCommand } from './history-quality-command.js';

export interface HistoryCommandOptions {
  readonly dataDir: () => string;
  readonly env: Machine['env'];
  readonly out: (line: string) => void;
}

/** `vigil history …`: what needs nobody to be signed in, because it tells nothing of a patient. */
export function addHistoryCommands(program: Command, { dataDir, env, out }: HistoryCommandOptions): void {
  const history = program.command('history').description('what was measured, as it is kept');
  history
    .command('size')
    .description('what the embedded history takes, by class, by sample and by bed and day; reads only, also while Vigil runs')
    .option('--json', 'as one line of JSON', false)
    .action(({ json }: { json: boolean }) => {
      if ((env['INFLUX_URL'] ?? '') !== '') throw new Error(SIZE_IS_ELSEWHERE);
      const size = historySize(join(dataDir(), 'history.db'));
      for (const line of json ? [JSON.stringify(size)] : sizeLines(size)) out(line);
    });
  history
    .command('move')
    .description('bring the embedded history to the InfluxDB of INFLUX_URL, while Vigil is stopped; may be run again')
    .action(async () => {
      process.exitCode = (await historyMoveCommand({ dataDir: dataDir(), env, out })) ? 0 : 1;
    });
  history
    .command('quality')
    .description(
      'how much of what was to be measured is there, by device, bed and day, and what is missing; nothing of a patient',
    )
    .requiredOption('--from <time>', 'begin, e.g. 2026-11-20T00:00:00Z', whenOf)
    .requiredOption('--to <time>', 'end, left out itself', whenOf)
    .option('--device <id>', 'of one device')
    .option('--json', 'lines of JSON', false)
    .action(async ({ from, to, device, json }: { from: number; to: number; device?: string; json: boolean }) => {
      if (from >= to) throw new Error('--to has to be later than --from');
      await historyQualityCommand({ dataDir: dataDir(), env, fromMs: from, toMs: to, device, json, out });
    });
}

/** A file of before would answer, and nobody would see that it is not what is asked for. */
const SIZE_IS_ELSEWHERE =
  'INFLUX_URL is set, so history is in InfluxDB: the size of its engine folder is what it takes. Without INFLUX_URL this tells of the file';

function whenOf(text: string): number {
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) throw new InvalidArgumentError('a time such as 2026-11-20T10:00:00Z');
  return atMs;
}

const MIB = 1024 * 1024;
const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;
const iso = (ms: number | null): string => (ms === null ? '-' : new Date(ms).toISOString());

export function sizeLines(size: HistorySize): readonly string[] {
  const { fileBytes, walBytes, freeBytes, beds, series, fromMs, toMs, open, packed, minutes, hours, bedDays } = size;
  const samples = open.samples + packed.samples;
  const used = fileBytes - freeBytes;
  const row = (name: string, { rows, samples: of, bytes }: SizePart): string => {
    const each = of === 0 ? '-' : (bytes / of).toFixed(2);
    return `${name.padEnd(22)} ${String(rows).padStart(10)} rows ${String(of).padStart(12)} samples ${mib(bytes).padStart(12)} ${each.padStart(8)} bytes a sample`;
  };
  return [
    `${mib(fileBytes)} in the file (${mib(freeBytes)} of it free), ${mib(walBytes)} in its log`,
    `${beds} beds, ${series} series, from ${iso(fromMs)} until ${iso(toMs)}`,
    row('samples, last hours', open),
    row('samples, packed', packed),
    row('means of minutes', minutes),
    row('means of hours', hours),
    ...(samples === 0
      ? []
      : [
          `${(used / samples).toFixed(2)} bytes of the file for each single sample, ${mib(used / bedDays)} for each bed and day of them`,
        ]),
  ];
}
